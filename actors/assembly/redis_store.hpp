// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/directory/directory_core.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/observe/log.hpp"
#include "runtime/redis/record_board.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace troupe {

/// A directory's members in a Redis server: leases as times to live, news by polling.
/// Thread: any. Checked: test/integration/redis
class redis_store final : public directory_store {
public:
  struct options {
    redis::address to;
    std::string cluster; ///< Part of every key.
    std::uint64_t cluster_secret = 0;
    observe::logger log;
  };
  /// Everything there is, after each complete round; on the board's thread, must not block.
  using sink = std::function<void(std::vector<join>, bool in_time)>;

  redis_store(options what, const clock& time);

  /// Until then, and after `close`, what is read is dropped.
  void listen(sink to);
  void close() { listen({}); }

  void post(const join& what) override;
  void withdraw(const node_ref& who) override;

  [[nodiscard]] redis::record_board::counters count() const { return board_->count(); }

private:
  void take(const std::vector<redis::record>& records, bool in_time);

  std::uint64_t secret_;
  observe::logger log_;
  std::mutex mutex_;
  sink sink_;
  std::unique_ptr<redis::record_board> board_; ///< Last: its thread uses the others.
};

} // namespace troupe
