// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/integration/bus/attackers.hpp"

#include "runtime/base/rng.hpp"
#include "runtime/bus/endpoint.hpp"
#include "test/integration/bus/raw_peer.hpp"
#include "test/integration/bus/zmq_node.hpp"

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <netinet/in.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace troupe::test {
namespace {

using steady = std::chrono::steady_clock;

constexpr int handshakes_per_s = 100;
constexpr int forbidden_per_s = 1000;

/// 1,000 connections a second that send `first` and nothing more.
[[noreturn]] void attack_by_tcp(int port, bytes_view first) {
  std::deque<std::unique_ptr<half_open>> held;
  while (true) {
    held.push_back(std::make_unique<half_open>(port, 1, first));
    // 10,000 are open at once here; the server has closed the oldest long ago.
    if (held.size() > 10'000) {
      held.pop_front();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

bytes make_junk() {
  rng draw(3);
  bytes junk(1024);
  for (auto& each : junk) {
    each = static_cast<std::byte>(draw.below(256));
  }
  return junk;
}

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

/// A handshake in every hundredth of a second, each by a new key, and ten frames of 200 B of no
/// meaning behind it.
[[noreturn]] void attack_with_unknown_keys(const std::string& endpoint) {
  call_for_ever(endpoint, [] { return keys::make_secret_key(); });
}

/// The same by this key, which the cluster has revoked.
[[noreturn]] void attack_with_revoked_key(const std::string& endpoint,
                                          const keys::secret_key& key) {
  call_for_ever(endpoint, [&] { return key; });
}

/// A member of the cluster whose role may not ask, and which asks in every millisecond.
[[noreturn]] void attack_in_wrong_role(const std::string& endpoint,
                                       const keys::secret_key& cluster) {
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

/// Takes connections and ends each after two seconds.
[[noreturn]] void take_all(int listener) {
  std::deque<std::pair<steady::time_point, int>> held;
  while (true) {
    const auto taken = ::accept(listener, nullptr, nullptr);
    const auto now = steady::now();
    held.emplace_back(now, taken);
    while (now - held.front().first > std::chrono::seconds(2)) {
      ::close(held.front().second);
      held.pop_front();
    }
  }
}

} // namespace

void attack(std::string_view how, const std::string& endpoint, const keys::secret_key& by) {
  if (how == "unknown_key") {
    attack_with_unknown_keys(endpoint);
  }
  if (how == "revoked") {
    attack_with_revoked_key(endpoint, by);
  }
  if (how == "wrong_role") {
    attack_in_wrong_role(endpoint, by);
  }
  attack_by_tcp(port_of(endpoint), how == "junk" ? make_junk() : bytes{});
}

attacker::attacker(const char* program, const char* how, const std::string& endpoint,
                   const keys::secret_key& by, std::chrono::milliseconds before) {
  const auto key = keys::to_text(by);
  child_ = ::fork();
  if (child_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // It stands for another machine: it shall not take the time of what is measured here.
    const sched_param none{};
    ::sched_setscheduler(0, SCHED_IDLE, &none);
    ::execl(program, program, "attack", how, endpoint.c_str(), key.c_str(), nullptr);
    ::_exit(127);
  }
  std::this_thread::sleep_for(before);
}

attacker::~attacker() {
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

bystander::bystander() {
  listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto* const address = reinterpret_cast<sockaddr*>(&at);
  if (::bind(listener_, address, size) != 0 || ::listen(listener_, 1024) != 0
      || ::getsockname(listener_, address, &size) != 0) {
    std::perror("bus_figures: a listener");
    std::_Exit(1);
  }
  port_ = ntohs(at.sin_port);
  child_ = ::fork();
  if (child_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    take_all(listener_);
  }
}

bystander::~bystander() {
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
  ::close(listener_);
}

} // namespace troupe::test
