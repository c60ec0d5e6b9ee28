// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/sim_network.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace troupe {

namespace {

using direction = std::pair<node_id, node_id>;

constexpr duration connect_time = 100us;
constexpr duration broken_notice = 100us;

} // namespace

class sim_transport;

struct sim_network::net : std::enable_shared_from_this<net> {
  struct one_link {
    origin from;
    node_id to;
    sender_key proved{};
    time_point last[lane_count] = {};
  };

  net(timers& q, const clock& t, std::uint64_t seed) : queue(q), time(t), draw(seed) {}

  [[nodiscard]] bool is_cut(node_id from, node_id to) const { return cuts.contains({from, to}); }

  [[nodiscard]] duration travel(node_id from, node_id to, lane way, std::size_t size) {
    const auto at = delays.find({{from, to}, way});
    const auto& d = at == delays.end() ? common[static_cast<std::size_t>(way)] : at->second;
    auto took = d.least;
    if (d.spread > 0ns) {
      took += duration(
          static_cast<std::int64_t>(draw.below(static_cast<std::uint64_t>(d.spread.count()) + 1)));
    }
    if (d.bytes_per_s != 0) {
      took += duration(static_cast<std::int64_t>(static_cast<double>(size) * 1e9
                                                 / static_cast<double>(d.bytes_per_s)));
    }
    return took;
  }

  void carry(link_no link, lane way, const frame& data);
  void lose(link_no link, std::string why, duration after);
  void lose_all(node_id from, node_id to, duration after);

  timers& queue;
  const clock& time;
  rng draw;
  link_delay common[lane_count];
  std::map<std::pair<direction, lane>, link_delay> delays;
  std::set<direction> cuts;
  std::map<node_id, sim_transport*> nodes;
  std::map<link_no, one_link> links;
  link_no last_link = 0;
  std::uint64_t on_the_way = 0;
};

class sim_transport final : public transport {
public:
  sim_transport(std::shared_ptr<sim_network::net> where, node_ref self, const sender_key& proved)
      : net_(std::move(where)),
        self_(self),
        proved_(proved),
        draw_(net_->draw.fork(self.life.value)) {}
  ~sim_transport() override { stop(); }

  void start(link_events& to) override {
    events_ = &to;
    net_->nodes[self_.node] = this;
  }

  void stop() override {
    const auto at = net_->nodes.find(self_.node);
    if (at == net_->nodes.end() || at->second != this) {
      return;
    }
    net_->nodes.erase(at);
    events_ = nullptr;
    for (auto link = net_->links.begin(); link != net_->links.end();) {
      link = link->second.from.node == self_ ? net_->links.erase(link) : std::next(link);
    }
    std::vector<link_no> towards;
    for (const auto& [no, link] : net_->links) {
      if (link.to == self_.node) {
        towards.push_back(no);
      }
    }
    for (const auto no : towards) {
      net_->lose(no, "the peer's process is gone", notice_);
    }
  }

  [[nodiscard]] std::vector<std::string> endpoints() const override {
    return {sim_network::endpoint_of(self_.node)};
  }

  link_no open(const origin& self, const std::vector<std::string>& endpoints) override {
    const auto no = ++net_->last_link;
    for (const auto& endpoint : endpoints) {
      for (const auto& [node, there] : net_->nodes) {
        if (sim_network::endpoint_of(node) == endpoint) {
          net_->links[no] = {self, node, proved_};
          return no;
        }
      }
    }
    net_->links[no] = {self, node_id{}};
    net_->lose(no, "nobody listens there", connect_time);
    return no;
  }

  bool send(link_no link, lane way, const frame& data) override {
    net_->carry(link, way, data);
    return true;
  }

  void close(link_no link, bool /*flush*/) override { net_->links.erase(link); }

  void wake() override { wake_at(net_->time.now()); }

  void wake_at(time_point when) override {
    when = std::max(when, net_->time.now());
    if (!wakes_.empty() && *wakes_.begin() <= when) {
      return;
    }
    wakes_.insert(when);
    net_->queue.at(when, [net = net_, self = self_, when] {
      const auto at = net->nodes.find(self.node);
      if (at != net->nodes.end() && at->second->self_ == self) {
        at->second->woken(when);
      }
    });
  }

  void flush_soon() override {
    net_->queue.at(net_->time.now(), [net = net_, self = self_] {
      const auto at = net->nodes.find(self.node);
      if (at != net->nodes.end() && at->second->self_ == self && at->second->events_ != nullptr) {
        at->second->events_->on_flush();
      }
    });
  }

  [[nodiscard]] time_point now() const override { return net_->time.now(); }
  std::uint64_t random() override { return draw_(); }

  void set_notice(duration notice) { notice_ = notice; }
  [[nodiscard]] link_events* events() const { return events_; }
  [[nodiscard]] const node_ref& self() const { return self_; }

private:
  void woken(time_point when) {
    wakes_.erase(when);
    if (events_ != nullptr) {
      events_->on_wake();
    }
  }

  std::shared_ptr<sim_network::net> net_;
  node_ref self_;
  sender_key proved_;
  rng draw_;
  link_events* events_ = nullptr;
  duration notice_ = broken_notice;
  std::set<time_point> wakes_;
};

void sim_network::net::carry(link_no link, lane way, const frame& data) {
  const auto at = links.find(link);
  if (at == links.end() || is_cut(at->second.from.node.node, at->second.to)) {
    return;
  }
  auto& l = at->second;
  const auto size = data.head.size() + data.bulk.size();
  auto& last = l.last[static_cast<std::size_t>(way)];
  last = std::max(last, time.now() + travel(l.from.node.node, l.to, way, size));
  ++on_the_way;
  auto copy = data;
  copy.sender = l.proved;
  if (!data.bulk.empty()) {
    const auto view = data.bulk.view();
    copy.bulk = blob(bytes(view.begin(), view.end()));
  }
  queue.at(last, [me = shared_from_this(), from = l.from, to = l.to, way,
                  what = std::move(copy)]() mutable {
    --me->on_the_way;
    const auto there = me->nodes.find(to);
    if (there != me->nodes.end() && there->second->events() != nullptr
        && !me->is_cut(from.node.node, to)) {
      there->second->events()->on_frame(from, way, std::move(what));
    }
  });
}

void sim_network::net::lose(link_no link, std::string why, duration after) {
  queue.at(time.now() + after, [me = shared_from_this(), link, why = std::move(why)] {
    const auto at = me->links.find(link);
    if (at == me->links.end()) {
      return;
    }
    const auto owner = me->nodes.find(at->second.from.node.node);
    if (owner != me->nodes.end() && owner->second->events() != nullptr
        && owner->second->self() == at->second.from.node) {
      owner->second->events()->on_lost(link,
                                       {.code = errc::peer_gone, .text = why, .retryable = true});
    }
  });
}

void sim_network::net::lose_all(node_id from, node_id to, duration after) {
  std::vector<link_no> lost;
  for (const auto& [no, link] : links) {
    if (link.from.node.node == from && link.to == to) {
      lost.push_back(no);
    }
  }
  for (const auto no : lost) {
    lose(no, "the connection broke", after);
  }
}

sim_network::sim_network(timers& queue, const clock& time, std::uint64_t seed)
    : net_(std::make_shared<net>(queue, time, seed)) {
}

sim_network::~sim_network() = default;

std::unique_ptr<transport> sim_network::attach(const node_ref& self, const sender_key& proved) {
  TROUPE_CHECK(!net_->nodes.contains(self.node));
  return std::make_unique<sim_transport>(net_, self, proved);
}

std::string sim_network::endpoint_of(node_id node) {
  return "sim://" + std::to_string(node.value);
}

void sim_network::set_delay(lane way, const link_delay& delay) {
  net_->common[static_cast<std::size_t>(way)] = delay;
}

void sim_network::set_delay(node_id from, node_id to, lane way, const link_delay& delay) {
  net_->delays[{{from, to}, way}] = delay;
}

void sim_network::cut_one_way(node_id from, node_id to) {
  net_->cuts.insert({from, to});
}

void sim_network::cut(node_id a, node_id b) {
  cut_one_way(a, b);
  cut_one_way(b, a);
}

void sim_network::break_links(node_id a, node_id b) {
  net_->lose_all(a, b, broken_notice);
  net_->lose_all(b, a, broken_notice);
}

void sim_network::heal(node_id a, node_id b) {
  net_->cuts.erase({a, b});
  net_->cuts.erase({b, a});
}

void sim_network::heal_all() {
  net_->cuts.clear();
}

void sim_network::crash(node_id node, duration notice) {
  const auto at = net_->nodes.find(node);
  if (at != net_->nodes.end()) {
    auto* there = at->second;
    there->set_notice(notice);
    there->stop();
  }
}

std::uint64_t sim_network::frames_on_the_way() const {
  return net_->on_the_way;
}

} // namespace troupe
