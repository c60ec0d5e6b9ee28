// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/keys/node_keys.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace troupe {

/// Which keys may finish a handshake of an encrypted link. Any key may that is not revoked: whose
/// it is, only its certificate can say, in the HELLO. But of keys that have not shown one yet, an
/// address may bring only so many in a second.
/// Thread: any. Checked: test/unit/bus/admission_test.cpp
class admission {
public:
  struct limits {
    double strangers_burst = 256; ///< Of one address.
    double strangers_per_s = 64;
    double all_strangers_burst = 1024; ///< Of all addresses together.
    double all_strangers_per_s = 256;
    std::size_t addresses_max = 4096; ///< Remembered; the rest share one allowance.
    std::size_t known_max = 8192;
  };
  explicit admission(std::shared_ptr<const keys::live_keys> believes)
      : admission(std::move(believes), limits{}) {}
  admission(std::shared_ptr<const keys::live_keys> believes, limits bounds)
      : believes_(std::move(believes)), bounds_(bounds) {}

  [[nodiscard]] bool admit(const std::string& address, const keys::public_key& key, time_point now);

  /// The key has shown a certificate that holds.
  void proved(const keys::public_key& key);

  struct counters {
    std::uint64_t admitted = 0;
    std::uint64_t revoked = 0;
    std::uint64_t too_many = 0;
  };
  [[nodiscard]] counters count() const;

private:
  struct allowance {
    double left = 0;
    time_point at;
  };
  static bool take(allowance& from, double burst, double per_s, time_point now);
  bool take_for(const std::string& address, time_point now);

  std::shared_ptr<const keys::live_keys> believes_;
  limits bounds_;
  mutable std::mutex mutex_;
  std::map<std::string, allowance> addresses_;
  allowance others_{};
  allowance all_{};
  bool began_ = false;
  std::set<keys::public_key> known_;
  counters counts_;
};

} // namespace troupe
