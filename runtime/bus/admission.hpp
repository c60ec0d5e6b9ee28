// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/bus/allowance.hpp"
#include "runtime/bus/newcomers.hpp"
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
/// it is, only its certificate can say, in the HELLO. But of keys that have not shown one yet, a
/// network may bring only so many in a second; and who opens connections that prove nothing is
/// barred before the next handshake.
/// Thread: any. Checked: test/unit/bus/admission_test.cpp
class admission {
public:
  struct limits {
    allowance::rate strangers = {.burst = 256, .per_s = 64};       ///< Of one network.
    allowance::rate all_strangers = {.burst = 1024, .per_s = 256}; ///< Of all together.
    std::size_t networks_max = 4096; ///< Remembered; the rest share one allowance.
    std::size_t known_max = 8192;
    newcomers::limits unproved = {};
  };
  explicit admission(std::shared_ptr<const keys::live_keys> believes)
      : admission(std::move(believes), limits{}) {}
  admission(std::shared_ptr<const keys::live_keys> believes, limits bounds)
      : believes_(std::move(believes)), bounds_(bounds), newcomers_(bounds.unproved) {}

  /// A connection was taken from that source_network().
  void came(const std::string& network, time_point now);
  /// Whose connections are to be refused before they cost anything.
  [[nodiscard]] newcomers::barred_list barred(time_point now);

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
  bool take_for(const std::string& network, time_point now);

  std::shared_ptr<const keys::live_keys> believes_;
  limits bounds_;
  mutable std::mutex mutex_;
  newcomers newcomers_;
  std::map<std::string, allowance> networks_;
  allowance others_{};
  allowance all_{};
  bool began_ = false;
  std::set<keys::public_key> known_;
  std::map<keys::public_key, std::string> unproved_; ///< And the network of each.
  counters counts_;
};

} // namespace troupe
