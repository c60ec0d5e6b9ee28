// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/sim_network.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe {

namespace {

using direction = std::pair<node_id, node_id>;

constexpr duration connect_time = 100us;
constexpr duration broken_notice = 100us;
constexpr duration reordered_by = 20ms; ///< At most, as the next ones.
constexpr duration delayed_by = 300ms;
constexpr duration refused_for = 20ms;
constexpr duration woken_late_by = 30ms;
constexpr std::string_view scheme = "sim://";

std::optional<node_id> node_at(std::string_view endpoint) {
  if (!endpoint.starts_with(scheme)) {
    return std::nullopt;
  }
  endpoint.remove_prefix(scheme.size());
  std::uint64_t number = 0;
  const auto [end, wrong] =
      std::from_chars(endpoint.data(), endpoint.data() + endpoint.size(), number);
  if (wrong != std::errc{} || end != endpoint.data() + endpoint.size()) {
    return std::nullopt;
  }
  return node_id{number};
}

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

  [[nodiscard]] bool fires(fault what, node_id from, node_id to) {
    if (points == nullptr || !points->fires(what)) {
      return false;
    }
    if (told) {
      told(what, from, to);
    }
    return true;
  }

  [[nodiscard]] duration up_to(fault what, duration most) {
    return duration{1us} * points->draw(what, static_cast<std::uint64_t>(most / 1us));
  }

  /// Now, or when the node's process goes on.
  template <class F>
  void when_it_runs(node_id node, F task) {
    const auto at = standing.find(node);
    if (at == standing.end()) {
      task();
    } else {
      at->second.held.emplace_back(std::move(task));
    }
  }

  void go_on(node_id node);
  void arrive(const origin& from, node_id to, lane way, time_point when, frame what);

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
  std::map<direction, time_point> clogs;
  struct pause_of {
    time_point until;
    std::deque<std::function<void()>> held;
  };
  std::map<node_id, pause_of> standing;
  fault_points* points = nullptr;
  fault_listener told;
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
    net_->standing.erase(self_.node);
    events_ = nullptr;
    // What it sent before comes before the end of its connection.
    for (auto link = net_->links.begin(); link != net_->links.end();) {
      if (link->second.from.node == self_) {
        remember_last(link->second);
        link = net_->links.erase(link);
      } else {
        ++link;
      }
    }
    std::vector<std::pair<link_no, duration>> towards;
    for (const auto& [no, link] : net_->links) {
      if (link.to == self_.node) {
        towards.emplace_back(no,
                             std::max(notice_, last_sent_[link.from.node.node] - net_->time.now()));
      }
    }
    for (const auto& [no, after] : towards) {
      net_->lose(no, "the peer's process is gone", after);
    }
  }

  [[nodiscard]] std::vector<std::string> endpoints() const override {
    return {sim_network::endpoint_of(self_.node)};
  }

  link_no open(const origin& self, const std::vector<std::string>& endpoints) override {
    const auto no = ++net_->last_link;
    for (const auto& endpoint : endpoints) {
      const auto node = node_at(endpoint);
      if (node && net_->nodes.contains(*node)) {
        net_->links[no] = {self, *node, proved_};
        if (net_->fires(fault::dial, self_.node, *node)) {
          net_->lose(no, "the connection was refused", connect_time);
        }
        return no;
      }
    }
    net_->links[no] = {self, node_id{}};
    net_->lose(no, "nobody listens there", connect_time);
    return no;
  }

  bool send(link_no link, lane way, const frame& data) override {
    if (now() < refuses_until_) {
      return false;
    }
    if (net_->fires(fault::refuse, self_.node, self_.node)) {
      refuses_until_ = now() + net_->up_to(fault::refuse, refused_for) + 1us;
      wake_at(refuses_until_);
      return false;
    }
    net_->carry(link, way, data);
    return true;
  }

  void close(link_no link, bool /*flush*/) override {
    if (const auto at = net_->links.find(link); at != net_->links.end()) {
      remember_last(at->second);
      net_->links.erase(at);
    }
  }

  void wake() override { wake_at(net_->time.now()); }

  void wake_at(time_point when) override {
    when = std::max(when, net_->time.now());
    if (!wakes_.empty() && *wakes_.begin() <= when) {
      return;
    }
    wakes_.insert(when);
    const auto late = net_->fires(fault::timer, self_.node, self_.node)
                          ? net_->up_to(fault::timer, woken_late_by)
                          : 0ns;
    net_->queue.at(when + late, [net = net_, self = self_, when] {
      net->when_it_runs(self.node, [net, self, when] {
        const auto at = net->nodes.find(self.node);
        if (at != net->nodes.end() && at->second->self_ == self) {
          at->second->woken(when);
        }
      });
    });
  }

  void flush_soon() override {
    net_->queue.at(net_->time.now(), [net = net_, self = self_] {
      net->when_it_runs(self.node, [net, self] {
        const auto at = net->nodes.find(self.node);
        if (at != net->nodes.end() && at->second->self_ == self && at->second->events_ != nullptr) {
          at->second->events_->on_flush();
        }
      });
    });
  }

  [[nodiscard]] time_point now() const override { return net_->time.now(); }
  std::uint64_t random() override { return draw_(); }

  void set_notice(duration notice) { notice_ = notice; }
  [[nodiscard]] link_events* events() const { return events_; }
  [[nodiscard]] const node_ref& self() const { return self_; }

private:
  void remember_last(const sim_network::net::one_link& link) {
    auto& last = last_sent_[link.to];
    last = std::max(last, link.last[static_cast<std::size_t>(lane::control)]);
  }

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
  time_point refuses_until_ = time_point::min();
  std::set<time_point> wakes_;
  std::map<node_id, time_point> last_sent_; ///< When the last frame to that node arrives.
};

void sim_network::net::carry(link_no link, lane way, const frame& data) {
  const auto at = links.find(link);
  if (at == links.end() || at->second.to == node_id{}
      || is_cut(at->second.from.node.node, at->second.to)) {
    return;
  }
  auto& l = at->second;
  const auto node = l.from.node.node;
  if (fires(fault::lose, node, l.to)) {
    return;
  }
  auto copy = data;
  copy.sender = l.proved;
  if (!data.bulk.empty()) {
    const auto view = data.bulk.view();
    copy.bulk = blob(bytes(view.begin(), view.end()));
  }
  auto when = time.now() + travel(node, l.to, way, data.head.size() + data.bulk.size());
  if (fires(fault::delay, node, l.to)) {
    when += up_to(fault::delay, delayed_by);
  }
  if (const auto clogged = clogs.find({node, l.to}); clogged != clogs.end()) {
    when = std::max(when, clogged->second);
  }
  auto& last = l.last[static_cast<std::size_t>(way)];
  when = std::max(when, last);
  if (fires(fault::duplicate, node, l.to)) {
    arrive(l.from, l.to, way, when + up_to(fault::duplicate, reordered_by), copy);
  }
  if (fires(fault::reorder, node, l.to)) {
    when += up_to(fault::reorder, reordered_by);
  } else {
    last = when;
  }
  arrive(l.from, l.to, way, when, std::move(copy));
}

void sim_network::net::arrive(const origin& from, node_id to, lane way, time_point when,
                              frame what) {
  ++on_the_way;
  queue.at(when, [me = shared_from_this(), from, to, way, what = std::move(what)]() mutable {
    --me->on_the_way;
    if (me->is_cut(from.node.node, to)) {
      return;
    }
    me->when_it_runs(to, [me = me.get(), from, to, way, what = std::move(what)]() mutable {
      const auto there = me->nodes.find(to);
      if (there != me->nodes.end() && there->second->events() != nullptr) {
        there->second->events()->on_frame(from, way, std::move(what));
      }
    });
  });
}

void sim_network::net::go_on(node_id node) {
  const auto at = standing.find(node);
  if (at == standing.end() || time.now() < at->second.until) {
    return;
  }
  auto held = std::move(at->second.held);
  standing.erase(at);
  for (auto& task : held) {
    when_it_runs(node, std::move(task));
  }
}

void sim_network::net::lose(link_no link, std::string why, duration after) {
  queue.at(time.now() + after, [me = shared_from_this(), link, why = std::move(why)] {
    const auto at = me->links.find(link);
    if (at == me->links.end()) {
      return;
    }
    const auto self = at->second.from.node;
    me->when_it_runs(self.node, [me = me.get(), self, link, why] {
      const auto owner = me->nodes.find(self.node);
      if (owner != me->nodes.end() && owner->second->events() != nullptr
          && owner->second->self() == self && me->links.contains(link)) {
        owner->second->events()->on_lost(link,
                                         {.code = errc::peer_gone, .text = why, .retryable = true});
      }
    });
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

void sim_network::clog(node_id from, node_id to, time_point until) {
  auto& kept = net_->clogs[{from, to}];
  kept = std::max(kept, until);
}

void sim_network::pause(node_id node, time_point until) {
  if (!net_->nodes.contains(node)) {
    return;
  }
  auto& kept = net_->standing[node];
  kept.until = std::max(kept.until, until);
  net_->queue.at(until, [net = net_, node] { net->go_on(node); });
}

void sim_network::set_faults(fault_points* points, fault_listener told) {
  net_->points = points;
  net_->told = std::move(told);
}

std::uint64_t sim_network::frames_on_the_way() const {
  return net_->on_the_way;
}

} // namespace troupe
