// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/redis/address.hpp"
#include "runtime/redis/board_round.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe::redis {

struct record_board_options {
  address to;
  board_options board;
  duration interval = 500ms;   ///< Between rounds.
  duration timeout = 1s;       ///< Of connecting, and of each step of a round.
  duration reconnect_max = 1s; ///< Between tries; from a tenth of it, doubled each time.
  duration farewell_max = 200ms;
};

/// Records of many processes in one Redis server: what this process posts is written there while it
/// posts it again and again, and what others keep there is read again and again, on a thread of its
/// own that never makes anybody wait. A server that is away, hangs, lost everything or is full of
/// junk costs news and nothing else.
/// Checked: test/unit/redis/record_board_test.cpp, test/integration/redis
class record_board {
public:
  struct events {
    /// All records of a round. `in_time`: within the timeout, and the server refused nothing, so
    /// that what is missing is missing and not late. On the board's thread; must not block.
    std::function<void(std::vector<record>, bool in_time)> records;
    /// What is wrong from now on; code none: nothing any more.
    std::function<void(const error&)> trouble;
  };
  struct counters {
    bool up = false; ///< The last round was complete.
    std::uint64_t rounds = 0;
    std::uint64_t failures = 0; ///< Rounds that were not completed, and connections not made.
    std::uint64_t rejected = 0; ///< Names, records and keys that could not be what they should be.
  };

  record_board(record_board_options options, const clock& time, events to);
  ~record_board(); ///< Takes the own records away if the server answers at once.
  record_board(const record_board&) = delete;
  record_board& operator=(const record_board&) = delete;

  /// Thread: any; never blocks. False: the name is none, or a bound is reached.
  bool post(const std::string& name, bytes data);
  void withdraw(const std::string& name);

  [[nodiscard]] counters count() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace troupe::redis
