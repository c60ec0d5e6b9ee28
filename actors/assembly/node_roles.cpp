// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/assembly/node_roles.hpp"

#include <array>
#include <utility>

namespace troupe {

namespace {

using named_roles = std::pair<std::string_view, node_roles>;

constexpr std::array<named_roles, 10> names{{
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
constexpr std::array<named_roles, 2> terminals{{
    {"shell", node_role::shell},
    {"operator", node_role::operate},
}};

result<node_roles> parse(std::string_view text, bool is_certificate) {
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
    const auto look = [&](const auto& list) {
      for (const auto& [name, bits] : list) {
        if (name == word) {
          roles |= bits;
          known = true;
        }
      }
    };
    look(names);
    if (is_certificate) {
      look(terminals);
    }
    if (!known) {
      return error{.code = errc::invalid_value,
                   .text = "unknown role '" + std::string(word)
                           + "'; there are gateway, router, worker (= prefill,decode), prefill, "
                             "decode, cache, planner, directory, agent"
                           + (is_certificate ? ", shell, operator" : "") + " and all",
                   .field = "role"};
    }
  }
  return (roles & node_role::operate) != 0 ? roles | node_role::shell : roles;
}

} // namespace

result<node_roles> parse_node_roles(std::string_view text) {
  return parse(text, false);
}

result<node_roles> parse_certificate_roles(std::string_view text) {
  return parse(text, true);
}

std::string format_node_roles(node_roles roles) {
  std::string text;
  const auto add = [&](const auto& list) {
    for (const auto& [name, bits] : list) {
      const bool is_single = (bits & (bits - 1)) == 0;
      if (is_single && (roles & bits) != 0) {
        text += text.empty() ? "" : ",";
        text += name;
      }
    }
  };
  add(names);
  add(terminals);
  return text;
}

} // namespace troupe
