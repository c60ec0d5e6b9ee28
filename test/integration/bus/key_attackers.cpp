// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/integration/bus/key_attackers.hpp"

#include "runtime/bus/endpoint.hpp"
#include "test/integration/bus/raw_peer.hpp"
#include "test/integration/bus/zmq_node.hpp"

#include <chrono>
#include <thread>

namespace troupe::test {
namespace {

using steady = std::chrono::steady_clock;

void call_once(const endpoint_parts& to, const keys::secret_key& by, std::uint8_t number) {
  bytes routing_id(26, std::byte{number});
  routing_id.front() = std::byte{'T'};
  routing_id.back() = std::byte{0};
  raw_dealer peer(to.address, by, to.key, routing_id);
  if (peer.is_connected(1000 / handshakes_per_s)) {
    const bytes nothing(200, std::byte{number});
    for (int i = 0; i < 10; ++i) {
      peer.send(nothing);
    }
  }
}

/// `next` makes the key of each call.
template <class F>
[[noreturn]] void call_for_ever(const std::string& endpoint, F next) {
  const auto to = split_endpoint(endpoint);
  std::uint8_t number = 0;
  for (auto at = steady::now();; at += std::chrono::milliseconds(1000 / handshakes_per_s)) {
    std::this_thread::sleep_until(at);
    call_once(to, next(), ++number);
  }
}

} // namespace

void attack_with_unknown_keys(const std::string& endpoint) {
  call_for_ever(endpoint, [] { return keys::make_secret_key(); });
}

void attack_with_revoked_key(const std::string& endpoint, const keys::secret_key& key) {
  call_for_ever(endpoint, [&] { return key; });
}

void attack_in_wrong_role(const std::string& endpoint, const keys::secret_key& cluster) {
  key_ring ring;
  ring.cluster = cluster;
  zmq_node node(3, ring, ring.make(3, role_listener));
  const auto me = node.spawn("attacker");
  node.links->subscribe(node.last);
  node.links->connect(endpoint);
  node.ears->wait([](const heard& all) { return !all.ups.empty(); });
  const auto target = node.ears->copy().ups.at(0).named.at("b");
  std::uint64_t asked = 0;
  for (auto at = steady::now();; at += std::chrono::milliseconds(1000 / forbidden_per_s)) {
    std::this_thread::sleep_until(at);
    node.links->send(me, {.to = target,
                          .what = delivery::kind::request,
                          .request_id = ++asked,
                          .body = message::of(question{.padding = bytes(200)})});
    // The answers say that it may not.
    node.ears->put([](heard& all) { all.messages.clear(); });
  }
}

} // namespace troupe::test
