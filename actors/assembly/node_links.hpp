// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/membership/membership_core.hpp"
#include "actors/membership/seed_list.hpp"
#include "actors/shell/world.hpp"
#include "runtime/observe/log.hpp"
#include "runtime/process/name_resolver.hpp"

#include <memory>
#include <string>

namespace troupe {

/// The membership agent's way to the bus: dials seeds, whose names `names` looks up, and the
/// directories that others named. The log says, less and less often, that none has been reached.
/// Thread: any; what the resolver finds comes on its thread. Checked: test/integration/join
class node_links final : public membership_port {
public:
  /// `names`: may be nullptr where all seeds are endpoints; nobody else listens to it.
  node_links(const world& where, seed_list seeds, std::shared_ptr<process::name_resolver> names,
             observe::logger log);
  ~node_links() override; ///< Nothing found later is dialed.

  void connect_seeds(bool alone) override;
  void connect_directory(const member& who) override;
  void forget_directory(const member& who) override;
  void learn(const member& who) override;
  void unlearn(const member& who) override;

private:
  struct shared; ///< With the resolver's sink.

  world world_;
  std::shared_ptr<shared> shared_;
  std::shared_ptr<process::name_resolver> names_;
};

} // namespace troupe
