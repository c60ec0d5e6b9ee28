// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/integration/bus/zmq_node.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <set>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

using namespace troupe;
using namespace troupe::test;

namespace {

using steady = std::chrono::steady_clock;

double ms_since(steady::time_point start) {
  return std::chrono::duration<double, std::milli>(steady::now() - start).count();
}

/// b answers every question with a note of the same number.
void make_echo(zmq_node& b) {
  b.on_message = [&b](const delivery& asked) {
    if (asked.what == delivery::kind::request) {
      b.links->send({b.links->self(), 1, 0},
                    {.to = asked.from,
                     .what = delivery::kind::response,
                     .request_id = asked.request_id,
                     .body = message::of(note{.number = asked.request_id})});
    }
  };
}

} // namespace

TEST_CASE("a port that is taken is a typed error with a remedy") {
  auto first = make_zmq_transport({});
  REQUIRE(first);
  const auto second = make_zmq_transport({.listen = (*first)->endpoints()});
  REQUIRE(!second);
  CHECK(second.err().code == errc::port_in_use);
  CHECK(make_zmq_transport({.listen = {"nonsense"}}).err().code == errc::invalid_value);
}

TEST_CASE("two buses over loopback meet, ask, answer and part") {
  zmq_node a(1);
  const auto at_a = a.spawn();
  a.links->subscribe(a.last);
  {
    zmq_node b(2);
    make_echo(b);
    const auto at_b = b.spawn("echo");
    a.links->connect(b.endpoint());
    REQUIRE(a.ears->wait([](const heard& all) { return !all.ups.empty(); }));
    CHECK(a.ears->copy().ups[0].named.at("echo") == at_b);

    for (std::uint64_t i = 1; i <= 200; ++i) {
      a.links->send(at_a, {.to = at_b,
                           .what = delivery::kind::request,
                           .request_id = i,
                           .body = message::of(question{.number = i})});
    }
    REQUIRE(a.ears->wait([](const heard& all) { return all.messages.size() == 200; }));
    const auto all = a.ears->copy();
    for (std::uint64_t i = 0; i < 200; ++i) {
      CHECK(all.messages[i].request_id == i + 1);
    }
    a.links->monitor(at_a, at_b);
  }
  REQUIRE(a.ears->wait([](const heard& all) { return !all.losses.empty(); }));
  REQUIRE(a.ears->wait([](const heard& all) { return !all.downs.empty(); }));
  CHECK(a.ears->copy().downs.size() == 1);
}

TEST_CASE("an inlined actor runs on one thread, the bus's, and hears all in order") {
  zmq_node a(1);
  zmq_node b(2);
  std::atomic<std::uint64_t> next{0};
  std::atomic<bool> in_order{true};
  std::set<std::thread::id> threads;
  b.on_message = [&](const delivery& what) {
    threads.insert(std::this_thread::get_id());
    in_order = in_order && what.body.as<note>()->number == next;
    if (++next == 20'000) {
      b.ears->put([](heard& all) { all.downs.push_back({}); });
    }
  };
  const auto at_a = a.spawn();
  const auto at_b = b.spawn("sink", runs::inlined);
  a.links->subscribe(a.last);
  a.links->connect(b.endpoint());
  REQUIRE(a.ears->wait([](const heard& all) { return !all.ups.empty(); }));
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    a.links->send(at_a, {.to = at_b, .body = message::of(note{.number = i})});
  }
  REQUIRE(b.ears->wait([](const heard& all) { return !all.downs.empty(); }));
  CHECK(in_order);
  CHECK(threads.size() == 1);
}

TEST_CASE("buses that call each other at once end with one session") {
  for (int round = 0; round < 5; ++round) {
    zmq_node a(1);
    zmq_node b(2);
    a.spawn();
    b.spawn();
    a.links->subscribe(a.last);
    b.links->subscribe(b.last);
    a.links->connect(b.endpoint());
    b.links->connect(a.endpoint());
    REQUIRE(a.ears->wait([](const heard& all) { return all.ups.size() > all.losses.size(); }));
    REQUIRE(b.ears->wait([](const heard& all) { return all.ups.size() > all.losses.size(); }));
    CHECK(a.links->count().sessions == 1);
    CHECK(b.links->count().sessions == 1);
  }
}

TEST_CASE("a bus that dials before anyone listens gets through later") {
  zmq_node a(1);
  a.spawn();
  a.links->subscribe(a.last);
  std::string endpoint;
  {
    auto probe = make_zmq_transport({});
    endpoint = (*probe)->endpoints().front();
  }
  a.links->connect(endpoint);
  CHECK(a.links->count().sessions == 0);
  auto over = make_zmq_transport({.listen = {endpoint}});
  REQUIRE(over);
  auto late =
      bus::start({.self = {node_id{2}, incarnation{9}}}, bus_test_table(), *std::move(over));
  CHECK(a.ears->wait([](const heard& all) { return !all.ups.empty(); }));
  late->stop();
}

TEST_CASE("large attachments arrive whole beside a flood of messages") {
  zmq_node a(1);
  zmq_node b(2);
  const auto at_a = a.spawn();
  const auto at_b = b.spawn("sink");
  a.links->subscribe(a.last);
  a.links->connect(b.endpoint());
  REQUIRE(a.ears->wait([](const heard& all) { return !all.ups.empty(); }));
  bytes data(5'000'000);
  for (std::size_t i = 0; i < data.size(); ++i) {
    data[i] = static_cast<std::byte>(i % 251);
  }
  for (std::uint64_t i = 0; i < 8; ++i) {
    a.links->send(at_a,
                  {.to = at_b, .body = message::of(crate{.number = i, .attachment = blob(data)})});
    for (int k = 0; k < 100; ++k) {
      a.links->send(at_a, {.to = at_b, .body = message::of(note{.number = i})});
    }
  }
  REQUIRE(b.ears->wait([](const heard& all) { return all.messages.size() == 808; }));
  const auto all = b.ears->copy();
  int crates = 0;
  for (const auto& each : all.messages) {
    if (const auto* c = each.body.as<crate>()) {
      const auto view = c->attachment.view();
      CHECK(std::equal(view.begin(), view.end(), data.begin(), data.end()));
      ++crates;
    }
  }
  CHECK(crates == 8);
}

TEST_CASE("a killed process is down within 50 ms, its requests answered") {
  zmq_node a(1);
  const auto at_a = a.spawn();
  a.links->subscribe(a.last);
  auto endpoint = a.endpoint();
  char program[] = TROUPE_BUS_PEER;
  char* arguments[] = {program, endpoint.data(), nullptr};
  pid_t child = 0;
  REQUIRE(posix_spawn(&child, program, nullptr, nullptr, arguments, environ) == 0);
  REQUIRE(a.ears->wait([](const heard& all) { return !all.ups.empty(); }));
  const auto victim = a.ears->copy().ups[0].named.at("victim");
  a.links->monitor(at_a, victim);
  a.links->send(at_a, {.to = victim,
                       .what = delivery::kind::request,
                       .request_id = 1,
                       .body = message::of(question{})});

  const auto start = steady::now();
  ::kill(child, SIGKILL);
  REQUIRE(a.ears->wait([](const heard& all) { return !all.downs.empty(); }));
  const auto took_ms = ms_since(start);
  int status = 0;
  ::waitpid(child, &status, 0);

  MESSAGE("down after " << took_ms << " ms");
  CHECK(took_ms < 50);
  REQUIRE(a.ears->wait([](const heard& all) { return !all.messages.empty(); }));
  CHECK(a.ears->copy().messages[0].why.code == errc::peer_gone);
  CHECK(a.ears->copy().downs[0].why.code == errc::peer_gone);
}

TEST_CASE("a flood larger than the windows arrives in order when credit returns") {
  bus_options small;
  small.limits.control_window_bytes = 200'000;
  zmq_node a(1, small);
  zmq_node b(2, small);
  std::atomic<std::uint64_t> next{0};
  std::atomic<bool> in_order{true};
  b.on_message = [&](const delivery& what) {
    in_order = in_order && what.body.as<note>()->number == next;
    ++next;
    if (next == 50'000) {
      b.ears->put([](heard& all) { all.downs.push_back({}); });
    }
  };
  const auto at_a = a.spawn();
  const auto at_b = b.spawn("sink");
  a.links->subscribe(a.last);
  a.links->connect(b.endpoint());
  REQUIRE(a.ears->wait([](const heard& all) { return !all.ups.empty(); }));
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    a.links->send(at_a, {.to = at_b, .body = message::of(note{.number = i, .padding = bytes(64)})});
  }
  CHECK(b.ears->wait([](const heard& all) { return !all.downs.empty(); }));
  CHECK(in_order.load());
  CHECK(next.load() == 50'000);
}
