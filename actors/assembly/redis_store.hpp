// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/assembly/polled_store.hpp"
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
class redis_store final : public polled_store {
public:
  struct options {
    redis::address to;
    std::string cluster; ///< Part of every key.
    std::uint64_t cluster_secret = 0;
    observe::logger log;
  };
  redis_store(options what, const clock& time);

  void listen(sink to) override; ///< Called on the board's thread.

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
