// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/session.hpp"
#include "test/unit/bus/bus_fixture.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <utility>
#include <vector>

/// One session without a peer: the test feeds frames and reads what was sent.
namespace troupe::test {

/// Keeps what is sent and lets the test set the time.
class fake_transport final : public transport {
public:
  void start(link_events& /*to*/) override {}
  void stop() override {}
  [[nodiscard]] std::vector<std::string> endpoints() const override { return {"fake://"}; }
  link_no open(const origin& /*self*/, const std::vector<std::string>& /*to*/) override {
    return 1;
  }
  bool send(link_no /*link*/, lane way, const frame& data) override {
    if (full) {
      return false;
    }
    sent.emplace_back(way, data);
    return true;
  }
  void close(link_no /*link*/, bool /*flush*/) override {}
  void wake() override { ++wakes; }
  void wake_at(time_point /*when*/) override {}
  void flush_soon() override { ++flushes; }
  [[nodiscard]] time_point now() const override { return time; }
  std::uint64_t random() override { return 4; }

  std::vector<std::pair<lane, frame>> sent;
  bool full = false;
  int wakes = 0;
  int flushes = 0;
  time_point time = time_point{} + 1h;
};

inline constexpr std::uint64_t my_nonce = 11;

struct unready {};

struct one_side {
  /// The peer has said hello and no more.
  explicit one_side(unready /*how*/, bus_limits how = {}, std::uint64_t features = 0)
      : limits(how) {
    hello_body theirs{.node = {node_id{2}, incarnation{2}},
                      .nonce = 5,
                      .types = {1, 2, 3, 4, 5},
                      .control_window_bytes = limits.control_window_bytes,
                      .bulk_window_bytes = limits.bulk_window_bytes,
                      .features = features};
    s.say_hello({});
    s.accept({theirs.node, theirs.nonce}, theirs);
    seq[0] = 1;
  }
  explicit one_side(bus_limits how = {}, std::uint64_t features = 0)
      : one_side(unready{}, how, features) {
    REQUIRE(feed(lane::control, {.kind = frame_kind::ready, .request_id = my_nonce}));
    REQUIRE(s.up());
    net.sent.clear();
    got.clear();
  }

  /// As the peer's next frame, unless `head.seq` says otherwise.
  result<void> feed(lane way, envelope head, bytes_view body = {}, blob bulk = {}) {
    auto& next = seq[static_cast<std::size_t>(way)];
    head.seq = head.seq == 0 ? ++next : head.seq;
    bytes data;
    write_frame(head, body, data);
    return s.on_frame(way, {.head = blob(std::move(data)), .bulk = std::move(bulk)},
                      [&](arrival&& what) { got.push_back(std::move(what)); });
  }
  result<void> chunk(std::uint64_t message, std::uint64_t offset, std::uint64_t total,
                     std::size_t size) {
    return feed(lane::bulk,
                {.kind = frame_kind::chunk,
                 .source = offset,
                 .request_id = message,
                 .attachment_bytes = total},
                {}, blob(bytes(size)));
  }

  result<void> tick() { return s.tick({.heartbeat = limits.heartbeat}); }

  bus_limits limits;
  type_table table = bus_test_table();
  fake_transport net;
  std::shared_ptr<wake_gate> gate = std::make_shared<wake_gate>(&net);
  session s{{.serial = 1, .nonce = my_nonce, .link = 1}, limits, table, net, gate};
  std::uint64_t seq[lane_count] = {0, 0};
  std::vector<arrival> got;
};

inline envelope tell_of(wire_type type) {
  return {.kind = frame_kind::tell, .type = type, .target = 1, .source = 1};
}

} // namespace troupe::test
