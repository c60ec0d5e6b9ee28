// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/unit/bus/key_fixture.hpp"

#include "test/unit/bus/bus_fixture.hpp"

#include <algorithm>
#include <utility>

namespace troupe::test {

std::string node_name(std::uint64_t id) {
  return "node" + std::to_string(id);
}

sender_key sender_of(const keys::public_key& key) {
  const auto text = keys::to_text(key);
  sender_key out{};
  std::copy_n(text.begin(), out.size(), out.begin());
  return out;
}

keys::certificate key_ring::certificate_of(std::uint64_t id, std::uint32_t roles,
                                           const keys::secret_key& link) const {
  const auto key = keys::link_key_of(link);
  return {.serial = 1000 + id,
          .cluster = "blue",
          .name = node_name(id),
          .node = id,
          .roles = roles,
          .link_key = bytes(key.value.begin(), key.value.end()),
          .not_before = noon - 3600,
          .not_after = noon + 3600};
}

keys::node_keys key_ring::make(const keys::certificate& of, const keys::secret_key& link) const {
  auto certificate = keys::issue(of, cluster);
  return {.me = {.of = of,
                 .link_key = keys::link_key_of(link),
                 .signer = keys::signing_key_of(cluster)},
          .certificate = std::move(certificate),
          .link_secret = link,
          .believes = believes()};
}

keys::node_keys key_ring::make(std::uint64_t id, std::uint32_t roles) const {
  const auto link = keys::make_secret_key();
  return make(certificate_of(id, roles, link), link);
}

std::shared_ptr<bus_security> key_ring::security(keys::node_keys mine) {
  auto out = std::make_shared<bus_security>();
  out->keys = std::make_shared<keys::live_keys>(std::move(mine));
  out->senders = {{note::type, role_speaker | role_listener},
                  {question::type, role_speaker},
                  {report::type, role_speaker},
                  {crate::type, role_speaker}};
  out->calendar = [this] {
    return now;
  };
  out->audit = [this](const refusal& what) {
    refusals.push_back(what);
  };
  return out;
}

} // namespace troupe::test
