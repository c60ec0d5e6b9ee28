// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_keys.hpp"

#include "actors/assembly/sender_roles.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr keys::unix_seconds today = 1'700'000'000;

} // namespace

sim_keys::node sim_keys::issue(node_id id, const std::string& name, node_roles roles,
                               std::function<void(const std::string&)> fail) const {
  const auto link = keys::make_secret_key();
  const auto key = keys::link_key_of(link);
  const keys::certificate of{.serial = id.value,
                             .name = name,
                             .node = id.value,
                             .roles = roles,
                             .link_key = bytes(key.value.begin(), key.value.end()),
                             .not_before = today,
                             .not_after = today};
  const auto signer = keys::signing_key_of(cluster_);
  keys::node_keys mine{.me = {.of = of, .link_key = key, .signer = signer},
                       .certificate = keys::issue(of, cluster_),
                       .link_secret = link,
                       .believes = keys::trust({}, {signer}, {})};
  node out{.security = std::make_shared<bus_security>()};
  out.security->keys = std::make_shared<keys::live_keys>(std::move(mine));
  out.security->senders = sender_roles();
  out.security->calendar = [] {
    return today;
  };
  out.security->audit = [fail = std::move(fail), name](const refusal& what) {
    fail(name + ": refused a " + what.what + " of '" + what.node + "': " + what.why.text);
  };
  const auto text = keys::to_text(key);
  std::copy_n(text.begin(), out.proved.size(), out.proved.begin());
  return out;
}

} // namespace troupe
