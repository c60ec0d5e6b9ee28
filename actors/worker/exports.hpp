// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/worker/worker_shared.hpp"
#include "messages/transfer.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace troupe {

/// Named blocks of the pool on their way to whoever asked: the answer to `kv_get`, and offers that
/// a shard took. Exported in small chunks, the next when the last has nearly been acknowledged, so
/// that little staging memory is held; background transfers wait for foreground ones.
/// Thread: inside the actor. Memory: names of transfers_out_max transfers. Checked:
/// test/unit/worker
class exports {
public:
  explicit exports(worker_shared& shared) : shared_(shared) {}

  void on(const kv_get& what, context& cx);
  /// Pushes `names` into a transfer that the other side opened. False: no room.
  [[nodiscard]] bool begin(transfer_id id, const delivery& asked, std::vector<block_name> names,
                           bool foreground, context& cx);

  void on(const engine::exported& what, context& cx);
  void on(const engine::export_done& what, context& cx);

  /// The transfer ended otherwise.
  void forget(transfer_id id) { jobs_.erase(id); }
  void pump(context& cx);

  [[nodiscard]] bool has(transfer_id id) const { return jobs_.contains(id); }
  [[nodiscard]] std::size_t size() const { return jobs_.size() + running_.size(); }
  void check_invariants() const;

private:
  struct export_job {
    std::vector<block_name> names;
    bool foreground = true;
    std::uint32_t next = 0;
    std::optional<engine::export_id> active;
  };
  struct chunk {
    transfer_id transfer;
    std::uint32_t first = 0;
  };

  void advance(transfer_id id, export_job& what, context& cx);

  worker_shared& shared_;
  std::map<transfer_id, export_job> jobs_;
  std::map<engine::export_id, chunk> running_;
};

} // namespace troupe
