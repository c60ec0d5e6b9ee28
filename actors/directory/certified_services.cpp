// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/directory/certified_services.hpp"

#include "actors/assembly/node_roles.hpp"
#include "messages/worker.hpp"

#include <string>

namespace troupe {

namespace {

struct need {
  node_roles roles = 0; ///< All of them.
  const char* name = "";
};

need need_of_worker(role_set roles) {
  switch (roles & (role_prefill | role_decode)) {
    case role_prefill:
      return {node_role::prefill, "prefill"};
    case role_decode:
      return {node_role::decode, "decode"};
    default:
      return {node_role::worker, "worker"};
  }
}

need need_of(const service& what) {
  switch (what.role) {
    case service_role::gateway:
      return {node_role::gateway, "gateway"};
    case service_role::router:
      return {node_role::router, "router"};
    case service_role::worker:
      return need_of_worker(what.roles);
    case service_role::cache_shard:
      return {node_role::cache, "cache"};
    case service_role::planner:
      return {node_role::planner, "planner"};
    case service_role::directory:
      return {node_role::directory, "directory"};
    case service_role::node:
      return {node_role::agent, "agent"};
  }
  return {~node_roles{0}, "unknown"};
}

} // namespace

result<void> check_services(const member& who, std::optional<std::uint32_t> roles) {
  if (!roles) {
    return {};
  }
  for (const auto& each : who.services) {
    const auto needed = need_of(each);
    if ((needed.roles & ~*roles) != 0) {
      return error{.code = errc::forbidden,
                   .text = "the certificate of '" + who.name + "' does not allow the role "
                           + needed.name + "; issue it one that does by `troupe keys issue`",
                   .field = needed.name};
    }
  }
  return {};
}

} // namespace troupe
