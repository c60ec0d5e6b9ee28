// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/assembly/node_roles.hpp"
#include "runtime/bus/link.hpp"
#include "runtime/bus/security.hpp"

#include <functional>
#include <memory>
#include <string>

namespace troupe {

/// The keys of a simulated cluster: every node has a certificate for exactly its roles, so whatever
/// a bus refuses is a fault of ours, of the table of senders most likely.
/// Keys are drawn by chance, which reaches no event: the trace stays the seed's.
class sim_keys {
public:
  struct node {
    std::shared_ptr<bus_security> security;
    sender_key proved{}; ///< What its frames arrive with.
  };
  [[nodiscard]] node issue(node_id id, const std::string& name, node_roles roles,
                           std::function<void(const std::string&)> fail) const;

private:
  keys::secret_key cluster_ = keys::make_secret_key();
};

} // namespace troupe
