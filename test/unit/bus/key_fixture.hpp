// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/link.hpp"
#include "runtime/bus/security.hpp"
#include "runtime/keys/node_keys.hpp"

#include <memory>
#include <string>
#include <vector>

/// A cluster's keys without files, for tests of the bus.
namespace troupe::test {

inline constexpr keys::unix_seconds noon = 1'700'000'000;
inline constexpr std::uint32_t role_speaker = 1;  ///< May send every message of bus_fixture.hpp.
inline constexpr std::uint32_t role_listener = 2; ///< May send `note` only.

struct key_ring {
  keys::secret_key cluster = keys::make_secret_key();
  keys::revocation_list revoked{.cluster = "blue"};
  keys::unix_seconds now = noon;
  std::vector<refusal> refusals; ///< What all its buses told their log.

  /// A certificate for node `id` as bus tests name it.
  [[nodiscard]] keys::certificate certificate_of(std::uint64_t id, std::uint32_t roles,
                                                 const keys::secret_key& link) const;
  [[nodiscard]] keys::node_keys make(const keys::certificate& of,
                                     const keys::secret_key& link) const;
  [[nodiscard]] keys::node_keys make(std::uint64_t id, std::uint32_t roles) const;
  [[nodiscard]] keys::trust believes() const {
    return {"blue", {keys::signing_key_of(cluster)}, revoked};
  }

  std::shared_ptr<bus_security> security(keys::node_keys mine);
};

[[nodiscard]] std::string node_name(std::uint64_t id);
[[nodiscard]] sender_key sender_of(const keys::public_key& key);

} // namespace troupe::test
