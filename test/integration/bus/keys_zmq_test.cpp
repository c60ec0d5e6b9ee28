// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/rng.hpp"
#include "runtime/bus/endpoint.hpp"
#include "runtime/bus/envelope.hpp"
#include "test/integration/bus/raw_peer.hpp"
#include "test/integration/bus/zmq_node.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <thread>

using namespace troupe;
using namespace troupe::test;

namespace {

/// Two nodes with keys of one cluster and a session between them: 1 speaks, 2 listens.
struct good_pair {
  explicit good_pair(const admission::limits& b_admits = {}) : b(2, ring, of_b, b_admits) {
    a.spawn("ear");
    b.spawn("ear");
    a.links->subscribe(a.last);
    b.links->subscribe(b.last);
    a.links->connect(b.endpoint());
    REQUIRE(a.ears->wait([](const heard& all) { return !all.ups.empty(); }));
    REQUIRE(b.ears->wait([](const heard& all) { return !all.ups.empty(); }));
    to_b = a.ears->copy().ups[0].named.at("ear");
  }

  /// Whether a message still goes through.
  bool is_well() {
    const auto before = b.ears->copy().messages.size();
    a.links->send({a.links->self(), 1, 0}, {.to = to_b, .body = message::of(note{})});
    return b.ears->wait([&](const heard& all) { return all.messages.size() == before + 1; });
  }
  [[nodiscard]] std::string bulk_address() const { return b.links->endpoints().back().substr(5); }
  [[nodiscard]] std::string key_of_b() const { return split_endpoint(b.endpoint()).key; }
  [[nodiscard]] std::string address_of_b() const { return split_endpoint(b.endpoint()).address; }

  key_ring ring;
  keys::node_keys of_a = ring.make(1, role_speaker);
  keys::node_keys of_b = ring.make(2, role_listener);
  zmq_node a{1, ring, of_a};
  zmq_node b;
  actor_ref to_b;
};

/// Nobody is barred.
constexpr admission::limits everybody{.unproved = {.rate = {.burst = 10'000}}};

/// What a bus would call itself.
bytes routing_id(const node_ref& node, std::uint64_t nonce, lane way) {
  bytes out{std::byte{'T'}};
  for (const auto word : {node.node.value, node.life.value, nonce}) {
    for (unsigned i = 0; i < 8; ++i) {
      out.push_back(static_cast<std::byte>((word >> (8 * i)) & 0xFFU));
    }
  }
  out.push_back(static_cast<std::byte>(way));
  return out;
}

bytes hello_frame(const node_ref& node, std::uint64_t nonce, const std::string& name,
                  const bytes& certificate) {
  bytes out;
  write_envelope({.kind = frame_kind::hello, .seq = 1}, out);
  const auto body = encode_hello({.protocol = bus_protocol,
                                  .node = node,
                                  .name = name,
                                  .nonce = nonce,
                                  .endpoints = {"tcp://127.0.0.1:1"},
                                  .control_window_bytes = 1 << 20,
                                  .bulk_window_bytes = 1 << 20,
                                  .certificate = certificate,
                                  .bulk_secret = bytes(32)});
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

bytes tell_frame(std::uint64_t seq, std::uint64_t target) {
  bytes out;
  write_envelope({.kind = frame_kind::tell, .type = note::type, .target = target, .seq = seq}, out);
  out.push_back(std::byte{0x80});
  return out;
}

bool eventually(const std::function<bool()>& what) {
  for (int i = 0; i < 500; ++i) {
    if (what()) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

} // namespace

TEST_CASE("with keys two buses meet over CURVE, send both ways, and attachments arrive sealed") {
  good_pair two;
  CHECK(two.is_well());
  bytes data(5'000'000);
  for (std::size_t i = 0; i < data.size(); ++i) {
    data[i] = static_cast<std::byte>(i % 251);
  }
  for (std::uint64_t i = 0; i < 4; ++i) {
    two.a.links->send({two.a.links->self(), 1, 0},
                      {.to = two.to_b, .body = message::of(crate{.attachment = blob(data)})});
  }
  REQUIRE(two.b.ears->wait([](const heard& all) { return all.messages.size() == 5; }));
  for (const auto& each : two.b.ears->copy().messages) {
    if (const auto* got = each.body.as<crate>()) {
      CHECK(std::ranges::equal(got->attachment.view(), data));
    }
  }
  CHECK(two.b.links->count().refused.frames == 0);
  CHECK(two.b.gate->count().admitted == 1);
}

TEST_CASE("who has no certificate of the cluster is not handled, whatever it sends") {
  good_pair two;
  const auto target = two.to_b.actor;
  const node_ref self{node_id{7}, incarnation{70}};
  const auto mine = keys::make_secret_key();
  bytes certificate;
  SUBCASE("none") {
  }
  SUBCASE("of another cluster's key") {
    key_ring other;
    certificate = other.make(other.certificate_of(7, role_speaker, mine), mine).certificate;
  }
  SUBCASE("stolen from node 1") {
    certificate = two.of_a.certificate;
  }
  SUBCASE("expired") {
    auto of = two.ring.certificate_of(7, role_speaker, mine);
    of.not_after = noon - 1000;
    certificate = two.ring.make(of, mine).certificate;
  }
  raw_dealer peer(two.address_of_b(), mine, two.key_of_b(), routing_id(self, 5, lane::control));
  REQUIRE(peer.is_connected(5000));
  REQUIRE(eventually([&] { return peer.send(hello_frame(self, 5, "node7", certificate)); }));
  for (std::uint64_t seq = 2; seq < 1000; ++seq) {
    peer.send(tell_frame(seq, target));
  }
  CHECK(eventually([&] { return two.b.links->count().dropped >= 999; }));
  CHECK(two.b.links->count().refused.peers == 1);
  CHECK(two.b.links->count().sessions == 1);
  CHECK(two.b.ears->copy().messages.empty());
  CHECK(two.is_well());
}

TEST_CASE("without encryption, or for another server key, no frame arrives") {
  good_pair two;
  const node_ref self{node_id{7}, incarnation{70}};
  const auto mine = keys::make_secret_key();
  const auto before = two.b.links->count().frames_in;
  std::string server;
  SUBCASE("without") {
  }
  SUBCASE("another key") {
    server = keys::to_text(keys::link_key_of(keys::make_secret_key()));
  }
  raw_dealer peer(two.address_of_b(), mine, server, routing_id(self, 5, lane::control));
  CHECK(!peer.is_connected(500));
  CHECK(!peer.send(tell_frame(1, two.to_b.actor)));
  CHECK(two.b.links->count().dropped == 0);
  CHECK(two.b.links->count().frames_in - before < 10); // Pings of the good session.
  CHECK(two.is_well());
}

TEST_CASE("a revoked key finishes no handshake, and its standing session ends") {
  good_pair two;
  two.ring.revoked.revoked = {
      {.serial = two.of_a.me.of.serial, .link_key = two.of_a.me.of.link_key}};
  two.ring.revoked.version = 2;
  auto next = two.of_b;
  next.believes = two.ring.believes();
  two.b.security->keys->replace(next);
  two.b.links->recheck();
  REQUIRE(two.b.ears->wait([](const heard& all) { return !all.losses.empty(); }));

  raw_dealer peer(two.address_of_b(), two.of_a.link_secret, two.key_of_b(),
                  routing_id({node_id{1}, incarnation{99}}, 5, lane::control));
  CHECK(!peer.is_connected(500));
  CHECK(two.b.gate->count().revoked >= 1);
  two.a.links->connect(two.b.endpoint());
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  CHECK(two.b.links->count().sessions == 0);
  CHECK(two.b.ears->copy().ups.size() == 1);
}

TEST_CASE("over CURVE too a role may only send its messages") {
  good_pair two;
  const auto to_a = two.b.ears->copy().ups[0].named.at("ear");
  const actor_ref from{two.b.links->self(), 1, 0};
  two.b.links->send(from, {.to = to_a, .body = message::of(shout{})});
  two.b.links->send(from, {.to = to_a,
                           .what = delivery::kind::request,
                           .request_id = 3,
                           .body = message::of(question{})});
  REQUIRE(two.b.ears->wait([](const heard& all) { return !all.messages.empty(); }));
  CHECK(two.b.ears->copy().messages[0].why.code == errc::forbidden);
  CHECK(two.a.links->count().refused.messages == 2);
  CHECK(two.a.ears->copy().messages.empty());
}

TEST_CASE("control frames by the plain bulk port, and bulk frames of nobody, are nothing") {
  good_pair two;
  const node_ref self{node_id{1}, two.a.links->self().life};
  const auto certificate = two.of_a.certificate;
  for (const auto way : {lane::control, lane::bulk}) {
    raw_dealer peer(two.bulk_address(), {}, "", routing_id(self, 5, way));
    REQUIRE(peer.is_connected(5000));
    REQUIRE(eventually([&] { return peer.send(hello_frame(self, 5, "node1", certificate)); }));
    bytes chunk;
    write_envelope({.kind = frame_kind::chunk, .request_id = 1, .seq = 1, .attachment_bytes = 9},
                   chunk);
    peer.send(chunk, bytes(9));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  CHECK(two.b.links->count().sessions == 1);
  CHECK(two.b.ears->copy().messages.empty());
  CHECK(two.b.ears->copy().losses.empty());
  CHECK(two.is_well());
}

TEST_CASE("junk bytes and half-open connections reach nobody, and good traffic goes on") {
  good_pair two(everybody);
  rng draw(11);
  bytes junk(4096);
  for (auto& each : junk) {
    each = static_cast<std::byte>(draw.below(256));
  }
  const bytes greeting{std::byte{0xFF}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0},
                       std::byte{0},    std::byte{0}, std::byte{0}, std::byte{1}, std::byte{0x7F}};
  const auto dropped = two.b.links->count().dropped;
  for (const auto& endpoint : two.b.links->endpoints()) {
    const half_open silent(port_of(endpoint), 100, {});
    const half_open noisy(port_of(endpoint), 100, junk);
    const half_open slow(port_of(endpoint), 100, greeting);
    CHECK(silent.count() + noisy.count() + slow.count() == 300);
    for (int i = 0; i < 20; ++i) {
      CHECK(two.is_well());
    }
  }
  CHECK(two.b.links->count().dropped == dropped);
  CHECK(two.b.links->count().sessions == 1);
  CHECK(two.b.ears->copy().messages.size() == 40);
  CHECK(two.b.ears->copy().losses.empty());
}

TEST_CASE("who says nothing is not taken, by any port, and is forgotten") {
  good_pair two;
  const half_open silent(port_of(two.b.links->endpoints().front()), 8, {});
  const half_open silent_bulk(port_of(two.b.links->endpoints().back()), 8, {});
  CHECK(silent.count() + silent_bulk.count() == 16);
  CHECK(silent.greeted(50) + silent_bulk.greeted(50) == 0);
  std::this_thread::sleep_for(std::chrono::seconds(4));
  for (const auto* late : {&silent, &silent_bulk}) {
    late->say(bytes(1, std::byte{0xFF}));
    CHECK(late->are_closed(1000));
  }
  CHECK(two.is_well());
}

TEST_CASE("of a connection that was taken what only acknowledges counts") {
  good_pair two;
  const bytes first(1, std::byte{0xFF});
  for (const auto& endpoint : two.b.links->endpoints()) {
    const half_open speaks(port_of(endpoint), 8, first);
    CHECK(speaks.greeted(1000) == 8);
    CHECK(eventually([&] { return speaks.unacknowledged_bytes() == 0; }));
  }
}

// libzmq 4.3.4 ends the process for some of what it takes for ZMTP 1.0.
TEST_CASE("no port of a node with keys speaks ZMTP 1.0") {
  good_pair two;
  const bytes anonymous{std::byte{1}, std::byte{0}};
  for (const auto& endpoint : two.b.links->endpoints()) {
    const half_open old(port_of(endpoint), 4, anonymous);
    CHECK(old.are_closed(1000));
  }
  CHECK(two.is_well());
}

TEST_CASE("strangers with keys are admitted only so fast, while a known node comes back at once") {
  good_pair two({.strangers = {.burst = 20, .per_s = 0.1}, .unproved = everybody.unproved});
  std::vector<std::unique_ptr<raw_dealer>> strangers;
  std::size_t connected = 0;
  for (std::uint64_t i = 0; i < 40; ++i) {
    strangers.push_back(std::make_unique<raw_dealer>(
        two.address_of_b(), keys::make_secret_key(), two.key_of_b(),
        routing_id({node_id{100 + i}, incarnation{1}}, 5, lane::control)));
  }
  CHECK(eventually([&] { return two.b.gate->count().too_many > 0; }));
  for (auto& each : strangers) {
    connected += each->is_connected(0) ? 1 : 0;
  }
  CHECK(connected < 40);
  CHECK(two.is_well());

  two.a.links->stop();
  zmq_node again(1, two.ring, two.of_a);
  again.spawn();
  again.links->subscribe(again.last);
  again.links->connect(two.b.endpoint());
  CHECK(again.ears->wait([](const heard& all) { return !all.ups.empty(); }));
}

TEST_CASE("who connects often and proves nothing is not answered for a while, and others are") {
  good_pair two({.unproved = {.rate = {.burst = 8, .per_s = 0.5}}});
  const auto port = port_of(two.b.endpoint());
  bytes junk;
  SUBCASE("with keys of nobody") {
  }
  SUBCASE("with junk") {
    junk = bytes(64, std::byte{7});
  }
  const auto answers = [&](const char* from) {
    return is_answered(from, "127.0.0.1", port, 200);
  };
  std::uint64_t came = 0;
  while (answers("127.0.0.1") && came < 20) {
    ++came;
    if (!junk.empty()) {
      const half_open stranger(port, 1, junk);
      CHECK(stranger.are_closed(1000));
    } else {
      raw_dealer stranger(two.address_of_b(), keys::make_secret_key(), two.key_of_b(),
                          routing_id({node_id{100 + came}, incarnation{1}}, 5, lane::control));
      (void)stranger.is_connected(200);
    }
  }
  CHECK(came >= 3); // Each twice: whoever asks for an answer connects too.
  CHECK(came < 20);
  CHECK(answers("127.0.0.2"));
  CHECK(two.is_well());
  // After a second it is answered again: a member that has waited is let in.
  const auto mine = two.ring.make(3, role_speaker);
  zmq_node late(3, two.ring, mine);
  late.spawn();
  late.links->subscribe(late.last);
  late.links->connect(two.b.endpoint());
  CHECK(late.ears->wait([](const heard& all) { return !all.ups.empty(); }));
  CHECK(two.is_well());
}

TEST_CASE("members of a cluster are let in however many connect from one address") {
  good_pair two({.unproved = {.rate = {.burst = 4, .per_s = 0.1}}});
  for (std::uint64_t id = 3; id < 15; ++id) {
    const auto mine = two.ring.make(id, role_speaker);
    zmq_node member(id, two.ring, mine);
    member.spawn();
    member.links->subscribe(member.last);
    member.links->connect(two.b.endpoint());
    CHECK(member.ears->wait([](const heard& all) { return !all.ups.empty(); }));
  }
  CHECK(is_answered("127.0.0.1", "127.0.0.1", port_of(two.b.endpoint()), 200));
}
