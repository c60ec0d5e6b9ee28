// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/assembly/node_roles.hpp"

#include <array>
#include <utility>

namespace troupe {

namespace {

constexpr std::array<std::pair<std::string_view, node_roles>, 10> names{{
    {"gateway", node_role::gateway},
    {"router", node_role::router},
    {"worker", node_role::worker},
    {"prefill", node_role::prefill},
    {"decode", node_role::decode},
    {"cache", node_role::cache},
    {"planner", node_role::planner},
    {"directory", node_role::directory},
    {"agent", node_role::agent},
    {"all", node_role::all},
}};

} // namespace

result<node_roles> parse_node_roles(std::string_view text) {
  if (text.empty()) {
    return error{.code = errc::invalid_value, .text = "no role given", .field = "role"};
  }
  node_roles roles = 0;
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    const auto word = text.substr(0, comma);
    more = comma != std::string_view::npos;
    text.remove_prefix(more ? comma + 1 : text.size());
    bool known = false;
    for (const auto& [name, bits] : names) {
      if (name == word) {
        roles |= bits;
        known = true;
      }
    }
    if (!known) {
      return error{.code = errc::invalid_value,
                   .text = "unknown role '" + std::string(word)
                           + "'; there are gateway, router, worker (= prefill,decode), prefill, "
                             "decode, cache, planner, directory, agent and all",
                   .field = "role"};
    }
  }
  return roles;
}

std::string format_node_roles(node_roles roles) {
  std::string text;
  for (const auto& [name, bits] : names) {
    const bool is_single = (bits & (bits - 1)) == 0;
    if (is_single && (roles & bits) != 0) {
      text += text.empty() ? "" : ",";
      text += name;
    }
  }
  return text;
}

} // namespace troupe
