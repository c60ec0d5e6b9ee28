// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/redis/record_board.hpp"

#include "test/unit/redis/fake_redis.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>

using namespace troupe;
using namespace troupe::redis;
using troupe::test::fake_redis;

namespace {

const std::string one = "0000000000000001";

/// Collects what a board tells.
struct listener {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::vector<record>> rounds;
  std::vector<error> troubles;

  record_board::events events() {
    return {.records =
                [this](std::vector<record> what, bool /*in_time*/) {
                  const std::lock_guard lock(mutex);
                  rounds.push_back(std::move(what));
                  changed.notify_all();
                },
            .trouble =
                [this](const error& why) {
                  const std::lock_guard lock(mutex);
                  troubles.push_back(why);
                  changed.notify_all();
                }};
  }
  template <class F>
  bool wait(F f) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(10), f);
  }
};

record_board_options quick(const address& to) {
  return {.to = to,
          .board = {.prefix = "p:"},
          .interval = 5ms,
          .timeout = 200ms,
          .reconnect_max = 20ms};
}

/// One record, or none: what a real server would answer to each step.
std::string answer(const std::string& heard) {
  if (heard.find("SELECT") != std::string::npos) {
    return "+OK\r\n";
  }
  if (heard.find("SCARD") != std::string::npos) {
    return heard.find("SET") != std::string::npos ? "+OK\r\n:1\r\n:1\r\n" : ":1\r\n";
  }
  if (heard.find("SMEMBERS") != std::string::npos) {
    return "*1\r\n$16\r\n0000000000000001\r\n";
  }
  return "$4\r\nhere\r\n";
}

} // namespace

TEST_CASE("a board reads round after round and writes what was posted") {
  listener ears;
  std::mutex mutex;
  std::string heard;
  fake_redis server([&](const std::string& what) {
    const std::lock_guard lock(mutex);
    heard += what;
    return answer(what);
  });
  record_board board(quick(server.where()), machine_clock(), ears.events());
  const auto view = as_bytes_view("mine");
  CHECK(board.post(one, {view.begin(), view.end()}));

  CHECK(ears.wait([&] { return ears.rounds.size() >= 5; }));

  CHECK(ears.rounds.back().at(0).name == one);
  CHECK(board.count().up);
  const std::lock_guard lock(mutex);
  CHECK(heard.find("p:node:" + one) != std::string::npos);
  CHECK(heard.find("mine") != std::string::npos);
}

TEST_CASE("a board outlives a server that is away, silent or talks nonsense, and says each once") {
  for (const auto* nonsense : {"bye", "", "*1000000000\r\n"}) {
    CAPTURE(nonsense);
    listener ears;
    std::atomic<bool> is_well{false};
    fake_redis server(
        [&](const std::string& what) { return is_well ? answer(what) : std::string(nonsense); });
    record_board board(quick(server.where()), machine_clock(), ears.events());
    CHECK(ears.wait([&] { return !ears.troubles.empty(); }));
    while (board.count().failures < 3) {
      std::this_thread::yield();
    }
    is_well = true;

    CHECK(ears.wait([&] { return !ears.rounds.empty(); }));

    const std::lock_guard lock(ears.mutex);
    CHECK(ears.troubles.front().code != errc::none);
    CHECK(ears.troubles.back().code == errc::none);
    CHECK(ears.troubles.size() <= 4);
  }
}

TEST_CASE("what is withdrawn is taken away, at the latest with the board's end") {
  for (const bool ends : {false, true}) {
    CAPTURE(ends);
    listener ears;
    std::mutex mutex;
    std::string heard;
    fake_redis server([&](const std::string& what) {
      const std::lock_guard lock(mutex);
      heard += what;
      return what.find("UNLINK") != std::string::npos ? ":1\r\n:1\r\n" : answer(what);
    });
    const auto is_taken_away = [&] {
      const std::lock_guard lock(mutex);
      return heard.find("UNLINK") != std::string::npos;
    };
    {
      record_board board(quick(server.where()), machine_clock(), ears.events());
      CHECK(board.post(one, {std::byte{1}}));
      CHECK(ears.wait([&] { return ears.rounds.size() >= 2; }));
      CHECK_FALSE(is_taken_away());
      if (!ends) {
        board.withdraw(one);
        CHECK(ears.wait([&] { return is_taken_away(); }));
      }
    }
    CHECK(is_taken_away());
  }
}

TEST_CASE("a board refuses what is no record") {
  listener ears;
  record_board board(quick({.where = {"127.0.0.1", 1}}), machine_clock(), ears.events());

  CHECK_FALSE(board.post("name", {std::byte{1}}));
  CHECK_FALSE(board.post(one, {}));
  CHECK_FALSE(board.post(one, bytes(100'000)));
}
