// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

/// A host by name or address, and a port.
struct host_port {
  std::string host; ///< An IPv6 address without its brackets.
  std::uint16_t port = 0;

  /// Whether `host` is an address, so that no name has to be looked up.
  [[nodiscard]] bool is_address() const;

  friend auto operator<=>(const host_port&, const host_port&) = default;
};

/// Reads HOST:PORT, ADDRESS:PORT and [IPV6]:PORT, with or without `scheme` ("tcp://") before it.
/// Errors: invalid_value, with what is wrong and how to write it. `field`: whom the error names.
/// Checked: test/unit/base/host_port_test.cpp
[[nodiscard]] result<host_port> parse_host_port(std::string_view text, std::string_view scheme,
                                                const std::string& field);

/// "10.0.0.7:7700", "[::1]:7700".
[[nodiscard]] std::string format_host_port(const host_port& what);

} // namespace troupe
