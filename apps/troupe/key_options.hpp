// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/assembly/node_roles.hpp"
#include "apps/troupe/commands.hpp"
#include "runtime/bus/link_zmq.hpp"
#include "runtime/bus/security.hpp"
#include "runtime/keys/node_keys.hpp"
#include "runtime/observe/log.hpp"

#include <memory>
#include <string>

namespace troupe {

/// Whether HOST:PORT is one that only this host reaches, or one that says no address.
[[nodiscard]] bool is_loopback(const std::string& where);
[[nodiscard]] bool is_everywhere(const std::string& where);

/// The calendar, for dates of certificates.
[[nodiscard]] keys::unix_seconds wall_seconds();

/// Where `troupe keys` works: --keys, or the cluster's directory in the state directory.
[[nodiscard]] std::string keys_directory_of(const command_context& cx);

/// How a node links to others, from its options: with keys encrypted and anywhere, without them on
/// loopback only.
struct link_options {
  zmq_options over;
  std::shared_ptr<bus_security> security; ///< None without keys.
};

/// Errors: invalid_value (no keys and not on loopback; --name, --role or --join that do not go with
/// the keys), and those of the keys' files.
[[nodiscard]] result<link_options> make_link_options(const app_config& config, node_roles roles,
                                                     const observe::logger& log);

/// The name in the certificate of --keys where --name gives none.
[[nodiscard]] result<std::string> name_by_keys(const app_config& config);

} // namespace troupe
