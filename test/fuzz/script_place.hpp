// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/bus_core.hpp"
#include "runtime/keys/node_keys.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

/// Where a script is played: one bus, a transport that only remembers, and four peers.
namespace troupe::test {

inline constexpr unsigned peers = 4;
inline constexpr unsigned stranger = 3; ///< Has no certificate, if links are authenticated.

/// Remembers what the script needs to go on.
class script_net final : public transport {
public:
  void start(link_events& /*to*/) override {}
  void stop() override {}
  [[nodiscard]] std::vector<std::string> endpoints() const override { return {"script://here"}; }
  link_no open(const origin& self, const std::vector<std::string>& endpoints) override {
    ++last_link_;
    if (!endpoints.empty()) {
      begun[endpoints.front()] = {self.nonce, last_link_};
    }
    return last_link_;
  }
  bool send(link_no /*link*/, lane /*way*/, const frame& /*data*/) override {
    sent += full ? 0U : 1U;
    return !full;
  }
  void close(link_no /*link*/, bool /*flush*/) override {}
  void wake() override {}
  void wake_at(time_point when) override { next_wake = std::min(next_wake, when); }
  void flush_soon() override {}
  [[nodiscard]] time_point now() const override { return time; }
  std::uint64_t random() override { return 4; }

  time_point time = time_point{} + 1h;
  time_point next_wake = time_point::max();
  std::uint64_t sent = 0;
  bool full = false;
  struct side {
    std::uint64_t nonce = 0;
    link_no link = 0;
  };
  std::map<std::string, side> begun; ///< The last session towards each endpoint.

private:
  link_no last_link_ = 0;
};

struct script_peer {
  node_ref node;
  std::string name;
  sender_key key{};
  bytes certificate;
  keys::secret_key bulk_secret;
  std::uint64_t nonce = 0; ///< Of its last hello.
  std::array<std::uint64_t, lane_count> seq{};
};

/// Calls `fail` with what may never be.
class script_place {
public:
  script_place(bool authenticated, std::function<void(const std::string&)> fail);
  script_place(const script_place&) = delete;
  script_place& operator=(const script_place&) = delete;
  ~script_place();

  [[nodiscard]] script_peer& peer(unsigned who) { return peers_[who]; }
  [[nodiscard]] script_net& net() { return net_; }
  [[nodiscard]] script_net::side begun(const script_peer& with) const {
    const auto found = net_.begun.find(endpoint_of(with));
    return found == net_.begun.end() ? script_net::side{} : found->second;
  }
  [[nodiscard]] bus_core& core() { return *core_; }

  // --- what a peer does
  void say_hello(unsigned who, std::uint8_t flaws);
  /// As its next frame.
  void say(script_peer& by, lane way, envelope head, bytes_view body, bytes bulk);
  void hand(const script_peer& by, lane way, bytes head, bytes bulk);
  void repair(script_peer& by, lane way, bytes& head);

  // --- what actors here do
  void send(unsigned to, unsigned kind, unsigned target);
  void watch(unsigned whom, unsigned target);
  void end_actor();
  void dial(unsigned whom, unsigned how);

  /// Time passes, and the bus is woken whenever it asked for it.
  void pass(duration time);

  /// Hands out what the bus posted, and looks whether all is as it may be.
  void settle();
  void finish();

  std::uint64_t ups = 0;
  std::uint64_t delivered = 0;
  std::uint64_t answered = 0;
  std::uint64_t downs = 0;

private:
  [[nodiscard]] static std::string endpoint_of(const script_peer& who) {
    return "script://" + who.name;
  }
  [[nodiscard]] std::shared_ptr<bus_security> security() const;
  void take(const post& what);
  void check();

  std::function<void(const std::string&)> fail_;
  bool authenticated_;
  std::array<script_peer, peers> peers_;
  script_net net_;
  std::shared_ptr<wake_gate> gate_ = std::make_shared<wake_gate>(&net_);
  std::unique_ptr<bus_core> core_;
  std::vector<post> posts_;
  std::deque<delivery> kept_; ///< Their credit is not returned yet.
  std::set<std::uint64_t> open_;
  std::uint64_t last_request_;
  std::array<std::uint64_t, 2> actors_{}; ///< 0: it ended.
};

} // namespace troupe::test
