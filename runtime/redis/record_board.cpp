// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/redis/record_board.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace troupe::redis {

struct record_board::state {
  struct posted {
    bytes data;
    time_point until;
  };

  state(record_board_options how, const clock& t, events e)
      : options(std::move(how)), time(t), to(std::move(e)), round(options.board) {}

  /// False: the board is closed.
  bool pause(duration length) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, length, [this] { return is_closed; });
    return !is_closed;
  }

  std::map<std::string, bytes> own_records() {
    const std::lock_guard lock(mutex);
    std::erase_if(own, [now = time.now()](const auto& each) { return each.second.until <= now; });
    std::map<std::string, bytes> out;
    for (const auto& [name, what] : own) {
      out.emplace(name, what.data);
    }
    return out;
  }

  void tell_trouble(const error& why) {
    const auto is_news = why.code != trouble.code || why.text != trouble.text;
    trouble = why;
    if (is_news && to.trouble) {
      to.trouble(why);
    }
  }

  void failed(const error& why) {
    link.reset();
    {
      const std::lock_guard lock(mutex);
      ++counted.failures;
      counted.up = false;
    }
    tell_trouble(why);
  }

  bool connect() {
    auto made = connection::open(options.to, {}, time, options.timeout);
    if (!made) {
      failed(made.err());
      return false;
    }
    link.emplace(*std::move(made));
    return true;
  }

  std::map<std::string, bytes> leaving_records() {
    const std::lock_guard lock(mutex);
    return std::exchange(leaving, {});
  }

  bool run_round() {
    const auto begun = time.now();
    if (const auto last = round.withdraw(leaving_records()); !last.empty()) {
      if (const auto gone = link->run(last, time.now() + options.timeout); !gone) {
        failed(gone.err()); // They end with their time to live.
        return false;
      }
    }
    auto commands = round.begin(own_records());
    while (!commands.empty()) {
      const auto answers = link->run(commands, time.now() + options.timeout);
      if (!answers) {
        round.broke(answers.err().code == errc::malformed);
        failed(answers.err());
        return false;
      }
      commands = round.next(*answers);
    }
    {
      const std::lock_guard lock(mutex);
      ++counted.rounds;
      counted.up = true;
      counted.rejected = round.rejected();
    }
    tell_trouble(round.complaint().empty()
                     ? error{}
                     : error{.code = errc::unsupported,
                             .text = "the Redis server refuses commands: " + round.complaint()});
    to.records(round.records(), round.is_complete() && time.now() - begun <= options.timeout);
    return true;
  }

  void run() {
    auto wait = options.reconnect_max / 10;
    for (;;) {
      const bool is_well = (link || connect()) && run_round();
      if (!pause(is_well ? options.interval : wait)) {
        break;
      }
      wait = is_well ? options.reconnect_max / 10 : std::min(wait * 2, options.reconnect_max);
    }
    auto ending = leaving_records();
    ending.merge(own_records());
    const auto farewell = round.withdraw(ending);
    if (link && !farewell.empty()) {
      (void)link->run(farewell, time.now() + options.farewell_max);
    }
  }

  const record_board_options options;
  const clock& time;
  const events to;

  // The thread's.
  std::optional<connection> link;
  board_round round;
  error trouble;

  std::mutex mutex; ///< Guards what follows.
  std::condition_variable changed;
  std::map<std::string, posted> own;
  std::map<std::string, bytes> leaving; ///< Withdrawn, and not yet taken away there.
  counters counted;
  bool is_closed = false;
  std::thread thread;
};

record_board::record_board(record_board_options options, const clock& time, events to)
    : state_(std::make_unique<state>(std::move(options), time, std::move(to))) {
  state_->thread = std::thread([s = state_.get()] { s->run(); });
}

record_board::~record_board() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_closed = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

bool record_board::post(const std::string& name, bytes data) {
  const auto& bounds = state_->options.board;
  if (!is_record_name(name) || data.empty() || data.size() > bounds.record_bytes_max) {
    return false;
  }
  const std::lock_guard lock(state_->mutex);
  state_->leaving.erase(name);
  if (!state_->own.contains(name) && state_->own.size() >= bounds.records_max) {
    return false;
  }
  state_->own[name] = {std::move(data), state_->time.now() + bounds.lease};
  return true;
}

void record_board::withdraw(const std::string& name) {
  const std::lock_guard lock(state_->mutex);
  if (state_->own.erase(name) > 0 && state_->leaving.size() < state_->options.board.records_max) {
    state_->leaving[name];
  }
}

record_board::counters record_board::count() const {
  const std::lock_guard lock(state_->mutex);
  return state_->counted;
}

} // namespace troupe::redis
