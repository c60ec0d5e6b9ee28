// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/host_port.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::redis {

/// Where a Redis server is, and as whom.
struct address {
  host_port where;
  std::string user; ///< Empty: the default user.
  std::string password;
  std::uint32_t database = 0;
};

/// Reads redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]; the port is 6379 if none is given.
/// Errors: invalid_value, with what is wrong; the password is not repeated.
/// Checked: test/unit/redis/address_test.cpp
[[nodiscard]] result<address> parse_address(std::string_view text, const std::string& field);

/// Without the password, for logs.
[[nodiscard]] std::string format_address(const address& what);

} // namespace troupe::redis
