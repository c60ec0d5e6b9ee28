// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/bench/contender.hpp"
#include "apps/troupe/bench/kv/kv_holder.hpp"

#include <functional>
#include <memory>
#include <string>

namespace troupe::bench {

/// What runs in a process that gets blocks by the bus. Null: it could not load its engine.
void serve_kv(const peer_process::child_side& up,
              const std::function<std::unique_ptr<kv_holder>()>& load, const keys::node_keys* mine);

/// The way from here to such a process: over loopback, and sealed where there are keys.
/// Thread: the command's. Requires: constructed after every peer process is forked.
class kv_link {
public:
  kv_link(const std::string& endpoint, const keys::node_keys* mine);
  kv_link(const kv_link&) = delete;
  kv_link& operator=(const kv_link&) = delete;
  ~kv_link();

  [[nodiscard]] bool is_connected() const;
  /// Seconds from asking for the blocks of `from` until all are in the peer's pool; < 0: it failed.
  double send(kv_holder& from);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace troupe::bench
