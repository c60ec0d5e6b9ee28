// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/bus/allowance.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace troupe {

/// Which networks open connections and prove nothing by them.
///
/// The handshake of an encrypted link costs some tenths of a millisecond of the thread that carries
/// good traffic, whoever asks for it. So a network may have so many connections that have not led
/// to a certificate, and so many more in a second; who opens more is barred for about a second: its
/// next connections shall be refused before they cost anything. What stands is not touched.
///
/// Networks: of source_network(). Thread: one at a time.
/// Cost: O(log networks); `barred` O(networks barred).
/// Checked: test/unit/bus/newcomers_test.cpp
class newcomers {
public:
  struct limits {
    allowance::rate rate = {.burst = 32, .per_s = 4};
    std::size_t networks_max = 4096; ///< Further ones are not counted: an admission bounds them.
    std::size_t barred_max = 64;     ///< Further ones are let in.
  };
  explicit newcomers(const limits& bounds) : bounds_(bounds) {}

  /// A connection was taken.
  void came(const std::string& network, time_point now);
  /// One of its connections has led to a certificate.
  void proved(const std::string& network);

  struct barred_list {
    std::vector<std::string> networks;    ///< Sorted.
    time_point until = time_point::max(); ///< When to ask again, at the latest.
  };
  /// Ends what is over.
  [[nodiscard]] barred_list barred(time_point now);

private:
  void forget_if_due(time_point now);
  void end_bars(time_point now);

  limits bounds_;
  std::map<std::string, allowance> networks_;
  time_point forgot_ = time_point::min();
  std::map<std::string, time_point> barred_; ///< Until then.
};

} // namespace troupe
