// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/host_port.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace troupe {

/// Whom to join: addresses, and names that are looked up again and again, since what is behind them
/// changes. Every address of a name is tried. A seed may end in "#KEY" (split_endpoint).
/// Checked: test/unit/membership/seed_list_test.cpp
class seed_list {
public:
  static constexpr std::size_t seeds_max = 64;
  static constexpr duration again_min = 1s; ///< After a failed lookup; doubled each time.
  static constexpr duration again_max = 30s;
  static constexpr duration refresh = 10s; ///< After a lookup that found addresses.

  seed_list() = default;

  /// Errors: invalid_value (one cannot be read, or too many), naming `field`.
  [[nodiscard]] static result<seed_list> parse(const std::vector<std::string>& texts,
                                               const std::string& field);

  /// Endpoints in full ("sim://1"), for tests and the simulation.
  [[nodiscard]] static seed_list of_endpoints(std::vector<std::string> endpoints);

  /// Names to look up now; each is answered by `found`.
  [[nodiscard]] std::vector<std::string> due(time_point now);

  struct change {
    std::vector<std::string> connect; ///< Endpoints.
    std::vector<std::string> leave;   ///< No longer behind the name.
  };
  /// A lookup that failed changes nothing: addresses found before are kept.
  change found(const std::string& host, const result<std::vector<std::string>>& addresses,
               time_point now);

  /// All that is known to connect to.
  [[nodiscard]] std::vector<std::string> endpoints() const;
  [[nodiscard]] bool has(const std::string& endpoint) const;
  [[nodiscard]] bool empty() const { return fixed_.empty() && names_.empty(); }

  /// For people: each seed, and what is behind it.
  [[nodiscard]] std::string describe() const;

private:
  struct named {
    host_port what;
    std::string key; ///< Of who listens there; empty: none.
    std::vector<std::string> endpoints;
    std::string failure; ///< Of the last lookup; empty: it found something, or none was made.
    time_point again{};
    duration wait{0};
    bool is_asked = false;
  };

  std::vector<std::string> fixed_;
  std::vector<named> names_;
};

} // namespace troupe
