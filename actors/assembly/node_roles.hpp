// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

/// What a process does, as in `--role gateway,router`: a set of bits.
using node_roles = std::uint32_t;
namespace node_role {
inline constexpr node_roles gateway = 1;
inline constexpr node_roles router = 2;
inline constexpr node_roles prefill = 4;
inline constexpr node_roles decode = 8;
inline constexpr node_roles cache = 16;
inline constexpr node_roles planner = 32;
inline constexpr node_roles directory = 64;
inline constexpr node_roles agent = 128;   ///< The node agent, which starts other processes.
inline constexpr node_roles shell = 256;   ///< A terminal that looks on; not for `--role`.
inline constexpr node_roles operate = 512; ///< A terminal that may change the cluster; the same.
inline constexpr node_roles worker = prefill | decode;
inline constexpr node_roles all = gateway | router | worker | directory | planner;
} // namespace node_role

/// Reads a comma-separated list of role names. Errors: invalid_value with the names there are.
[[nodiscard]] result<node_roles> parse_node_roles(std::string_view text);

/// The same for a certificate, which may also be a terminal's: shell, or operator, who is one too.
[[nodiscard]] result<node_roles> parse_certificate_roles(std::string_view text);

[[nodiscard]] std::string format_node_roles(node_roles roles);

} // namespace troupe
