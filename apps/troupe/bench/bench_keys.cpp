// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/bench_keys.hpp"

#include "apps/troupe/bench/bench_messages.hpp"
#include "apps/troupe/key_options.hpp"

#include <string>
#include <utility>

namespace troupe::bench {

namespace {

constexpr const char* cluster_name = "bench";
constexpr std::uint32_t any_role = 1;
constexpr keys::unix_seconds valid_for = 24 * 3600;

keys::node_keys issue_to(std::uint64_t id, const std::string& name,
                         const keys::secret_key& cluster) {
  const auto link = keys::make_secret_key();
  const auto link_key = keys::link_key_of(link);
  const keys::certificate of{.serial = id,
                             .cluster = cluster_name,
                             .name = name,
                             .node = id,
                             .roles = any_role,
                             .link_key = bytes(link_key.value.begin(), link_key.value.end()),
                             .not_before = wall_seconds() - keys::clock_leeway,
                             .not_after = wall_seconds() + valid_for};
  const auto signer = keys::signing_key_of(cluster);
  return {.me = {.of = of, .link_key = link_key, .signer = signer},
          .certificate = keys::issue(of, cluster),
          .link_secret = link,
          .believes = {cluster_name, {signer}, {.cluster = cluster_name}}};
}

} // namespace

bench_keys make_bench_keys() {
  const auto cluster = keys::make_secret_key();
  return {.peer = issue_to(peer_id, "peer", cluster), .side = issue_to(side_id, "side", cluster)};
}

secured secure(const keys::node_keys& mine) {
  auto live = std::make_shared<keys::live_keys>(mine);
  auto gate = std::make_shared<admission>(live);
  return {.curve = {.secret = mine.link_secret, .gate = gate},
          .security = std::make_shared<bus_security>(
              bus_security{.keys = std::move(live),
                           .senders = {{note::type, any_role}, {crate::type, any_role}},
                           .calendar = wall_seconds,
                           .proved = [gate](const keys::public_key& key) {
                             gate->proved(key);
                           }})};
}

} // namespace troupe::bench
