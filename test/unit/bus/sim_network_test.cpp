// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/sim_network.hpp"

#include "runtime/base/virtual_time.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace troupe;

namespace {

struct ear final : link_events {
  void on_frame(const origin& from, lane way, frame data) override {
    log += std::to_string(from.node.node.value) + (way == lane::bulk ? "b" : "c")
           + std::to_string(static_cast<int>(data.head.view()[0])) + "@"
           + std::to_string((time->now() - virtual_time::start()) / 1us) + " ";
  }
  void on_lost(link_no link, const error& /*why*/) override {
    log += "lost" + std::to_string(link) + " ";
  }
  void on_wake() override { log += "wake "; }
  void on_flush() override { log += "flush "; }

  std::string log;
  const virtual_time* time = nullptr;
};

struct net_of_two {
  explicit net_of_two(std::uint64_t seed) : net(time, time, seed) {
    ear_a.time = &time;
    ear_b.time = &time;
    a->start(ear_a);
    b->start(ear_b);
    to_b = a->open({{node_id{1}, incarnation{1}}, 1}, b->endpoints());
    to_a = b->open({{node_id{2}, incarnation{2}}, 2}, a->endpoints());
  }
  void send(transport& from, link_no link, lane way, int number) {
    (void)from.send(link, way, {.head = blob(bytes(1, static_cast<std::byte>(number)))});
  }
  void run() {
    while (time.step()) {
    }
  }

  virtual_time time;
  sim_network net;
  ear ear_a;
  ear ear_b;
  std::unique_ptr<transport> a = net.attach({node_id{1}, incarnation{1}});
  std::unique_ptr<transport> b = net.attach({node_id{2}, incarnation{2}});
  link_no to_b = 0;
  link_no to_a = 0;
};

std::string some_traffic(std::uint64_t seed) {
  net_of_two two(seed);
  for (int i = 0; i < 50; ++i) {
    two.send(*two.a, two.to_b, i % 3 == 0 ? lane::bulk : lane::control, i);
    two.send(*two.b, two.to_a, lane::control, i);
  }
  two.run();
  return two.ear_a.log + two.ear_b.log;
}

} // namespace

TEST_CASE("same seed, same order of events; another seed, another") {
  CHECK(some_traffic(1) == some_traffic(1));
  CHECK(some_traffic(1) != some_traffic(2));
}

TEST_CASE("frames keep their order within a lane, not between lanes") {
  net_of_two two(3);
  two.net.set_delay(lane::bulk, {.least = 5ms, .spread = 0ns});
  two.net.set_delay(lane::control, {.least = 1ms, .spread = 0ns});
  two.send(*two.a, two.to_b, lane::bulk, 1);
  two.send(*two.a, two.to_b, lane::control, 2);
  two.send(*two.a, two.to_b, lane::control, 3);
  two.run();
  CHECK(two.ear_b.log == "1c2@1000 1c3@1000 1b1@5000 ");
}

TEST_CASE("size costs time where a rate is set") {
  net_of_two two(3);
  two.net.set_delay(node_id{1}, node_id{2}, lane::control,
                    {.least = 1ms, .spread = 0ns, .bytes_per_s = 1000});
  two.send(*two.a, two.to_b, lane::control, 1);
  two.run();
  CHECK(two.ear_b.log == "1c1@2000 ");
}

TEST_CASE("a cut swallows frames without a word, one way or both, until it heals") {
  net_of_two two(3);
  two.net.cut_one_way(node_id{1}, node_id{2});
  two.send(*two.a, two.to_b, lane::control, 1);
  two.send(*two.b, two.to_a, lane::control, 2);
  two.run();
  CHECK(two.ear_b.log.empty());
  CHECK(two.ear_a.log.starts_with("2c2@"));
  two.net.heal(node_id{1}, node_id{2});
  two.send(*two.a, two.to_b, lane::control, 3);
  two.run();
  CHECK(two.ear_b.log.starts_with("1c3@"));
  CHECK(two.net.frames_on_the_way() == 0);
}

TEST_CASE("a crash is seen by peers, and nothing reaches the dead") {
  net_of_two two(3);
  two.send(*two.a, two.to_b, lane::control, 1);
  two.net.crash(node_id{2}, 2ms);
  two.run();
  CHECK(two.ear_b.log.empty());
  CHECK(two.ear_a.log == "lost1 ");
}

TEST_CASE("opening to where nobody is fails soon") {
  net_of_two two(3);
  const auto link = two.a->open({{node_id{1}, incarnation{1}}, 9}, {"sim://99"});
  two.run();
  CHECK(two.ear_a.log == "lost" + std::to_string(link) + " ");
}

TEST_CASE("a node that stands still gets what came meanwhile when it goes on, in order") {
  net_of_two two(1);
  two.net.pause({2}, two.time.now() + 1s);
  two.b->wake();
  two.send(*two.a, two.to_b, lane::control, 1);
  two.send(*two.a, two.to_b, lane::control, 2);
  two.run();

  CHECK(two.ear_b.log == "wake 1c1@1000000 1c2@1000000 ");
}

TEST_CASE("frames on a clogged way wait, and the other way is free") {
  net_of_two two(1);
  two.net.clog({1}, {2}, two.time.now() + 2s);
  two.send(*two.a, two.to_b, lane::control, 1);
  two.send(*two.b, two.to_a, lane::control, 2);
  two.run();

  CHECK(two.ear_b.log == "1c1@2000000 ");
  CHECK(two.ear_a.log.find("2c2@") == 0);
  CHECK(two.ear_a.log.find("2000000") == std::string::npos);
}

TEST_CASE("frames are lost, doubled and overtaken where the points say so, and that is told") {
  const auto with = [](fault what) {
    net_of_two two(3);
    fault_points points(9);
    points.set(what, fault_points::always / 3);
    int told = 0;
    two.net.set_faults(&points, [&](fault, node_id, node_id) { ++told; });
    for (int number = 0; number < 60; ++number) {
      two.send(*two.a, two.to_b, lane::control, number);
    }
    two.run();
    two.net.set_faults(nullptr);
    CHECK(told > 5);
    return std::ranges::count(two.ear_b.log, '@');
  };

  CHECK(with(fault::lose) < 55);
  CHECK(with(fault::duplicate) > 65);
  CHECK(with(fault::reorder) == 60);
}

TEST_CASE("a link that is refused breaks, one that takes nothing says when it may again") {
  net_of_two two(3);
  fault_points points(9);
  two.net.set_faults(&points);
  points.set(fault::dial, fault_points::always);
  (void)two.a->open({{node_id{1}, incarnation{1}}, 7}, two.b->endpoints());
  points.silence();
  points.set(fault::refuse, fault_points::always);
  CHECK_FALSE(two.a->send(two.to_b, lane::control, {.head = blob(bytes(1))}));
  points.silence();
  two.run();

  CHECK(two.ear_a.log == "lost3 wake ");
  two.net.set_faults(nullptr);
}
