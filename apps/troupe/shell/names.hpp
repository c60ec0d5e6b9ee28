// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/console/console_view.hpp"
#include "runtime/base/result.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::shell {

/// An actor of the cluster as operators name it: `decode@decode-1`.
struct named_actor {
  std::string name;
  std::string role;
  std::string node_name;
  node_ref node;
  actor_ref actor;
  const service* offers = nullptr; ///< Null: it serves nobody outside its process.
};

/// What a process may be spawned as; several are separated by commas.
inline constexpr std::array<std::string_view, 7> process_roles{
    "gateway", "router", "worker", "prefill", "decode", "cache", "planner"};

/// gateway, router, worker, prefill, decode, cache, planner, directory, agent.
[[nodiscard]] std::string role_of(const service& what);

/// Everything known, by node and name. The pointers are into `view`.
[[nodiscard]] std::vector<named_actor> actors_of(const console_view& view);

/// By `role@node`, by the node's name if one service is all it has, or by a role that only one
/// actor has. Errors: not_found with the nearest name, invalid_value if several fit.
[[nodiscard]] result<named_actor> find_actor(const console_view& view, std::string_view name);

/// By name. Errors: not_found with the nearest name.
[[nodiscard]] result<console_view::node> find_node(const console_view& view, std::string_view name);

/// The name a node has now, whichever life of it is meant; of one that is gone its number.
[[nodiscard]] std::string name_of(const console_view& view, const node_ref& node);
[[nodiscard]] std::string name_of(const console_view& view, const actor_ref& actor);

/// "chatcmpl-..." as clients see it, and back: with or without that prefix. Errors: invalid_value.
[[nodiscard]] std::string request_text(request_id id);
[[nodiscard]] result<request_id> parse_request(std::string_view text);

} // namespace troupe::shell
