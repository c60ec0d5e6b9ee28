// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/link_zmq.hpp"

#include "runtime/base/check.hpp"
#include "runtime/base/rng.hpp"
#include "runtime/bus/endpoint.hpp"
#include "runtime/bus/shared_lead.hpp"
#include "runtime/bus/zmq_listener.hpp"
#include "runtime/bus/zmq_socket.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <poll.h>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace troupe {

namespace {

using namespace zmq_detail;

constexpr int retries_max = 3;
constexpr int frames_per_turn = 256;
constexpr std::size_t bytes_per_turn = std::size_t{4} << 20U; ///< Then others get their turn.
constexpr std::size_t fixed_items = 5;
constexpr int bye_linger_ms = 200;
constexpr auto blocked_retry = 1ms;
constexpr auto flush_every = 50us; ///< Of links that stay busy.
constexpr duration sleep_max = 60s;
constexpr int bus_thread_nice = -10;
constexpr auto take_over_after = 1ms; ///< Of an actor that keeps the thread.

struct two_lanes {
  lane_socket lanes[lane_count];
  origin self;
  std::string endpoint;
  bool flush = false;
};

// Signs of life should not wait behind computing. Where that is not allowed, so be it.
void take_precedence() {
  (void)::setpriority(PRIO_PROCESS, 0, bus_thread_nice);
}

class zmq_transport final : public transport {
public:
  explicit zmq_transport(const zmq_options& options)
      : options_(options),
        context_(zmq_ctx_new()),
        waker_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
        draw_(options.seed) {
    zmq_ctx_set(context_, ZMQ_IO_THREADS, 2);
    zmq_ctx_set(context_, ZMQ_MAX_SOCKETS, 16'384);
  }
  ~zmq_transport() override {
    stop();
    ears_.close();
    zmq_ctx_shutdown(context_);
    ears_.zap.reset();
    zmq_ctx_term(context_);
    ::close(waker_);
  }

  result<void> listen() {
    auto bound = ears_.open(context_, {options_.listen, options_.advertise_host,
                                       options_.curve ? &*options_.curve : nullptr, now()});
    more_bulk_ = ears_.bulk.get() != nullptr;
    return bound;
  }

  void start(link_events& to) override {
    events_ = &to;
    threads_[0] = std::thread([this] { run(true); });
    threads_[1] = std::thread([this] { run(false); });
  }
  void stop() override;

  [[nodiscard]] std::vector<std::string> endpoints() const override { return ears_.endpoints; }
  link_no open(const origin& self, const std::vector<std::string>& endpoints) override;
  void met(link_no link, const std::vector<std::string>& endpoints) override;
  bool send(link_no link, lane way, const frame& data) override;
  void close(link_no link, bool flush) override;

  void wake() override {
    woken_.store(true);
    ring();
  }
  void flush_soon() override {
    flush_.store(true);
    if (!flushing_.exchange(true)) {
      ring();
    }
  }
  void wake_at(time_point when) override {
    const std::lock_guard lock(mutex_);
    if (when < wake_at_) {
      wake_at_ = when;
      ring();
    }
  }
  [[nodiscard]] time_point now() const override { return machine_clock().now(); }
  std::uint64_t random() override { return draw_(); }
  [[nodiscard]] bool lends_thread() const override { return true; }

private:
  void ring() const {
    const std::uint64_t one = 1;
    (void)!::write(waker_, &one, sizeof one);
  }
  void run(bool leads);
  void turn();
  [[nodiscard]] bool run_actors();
  void bury();
  [[nodiscard]] bool collect();
  [[nodiscard]] duration time_left();
  void flush_if_due();
  void attend_doors(bool fresh);
  void hear(link_no link, std::size_t way);
  [[nodiscard]] bool drain(const socket& from, lane way);
  [[nodiscard]] lane_socket call(link_no no, const origin& self, lane way,
                                 const std::string& endpoint) const;
  void tick_if_due();

  zmq_options options_;
  void* context_;
  int waker_;
  rng draw_;
  zmq_listener ears_;
  link_events* events_ = nullptr;
  std::thread threads_[2];
  std::atomic<std::thread::id> runs_in_;
  std::vector<pollfd> items_; ///< Router, waker, bulk, two doors, then monitors.
  std::vector<std::pair<link_no, std::size_t>> monitor_of_; ///< Of items_ from `fixed_items` on.
  std::atomic<bool> stopping_{false};
  std::atomic<bool> woken_{false};
  std::atomic<bool> flush_{false};
  std::atomic<bool> flushing_{false};       ///< The thread looks at flush_ without being woken.
  time_point flush_at_ = time_point::min(); ///< While flushing_; only the thread's.

  shared_lead lead_{take_over_after}; ///< Who leads runs all events, and actors.
  bool more_ = true;                  ///< To be read; the leader's.
  bool more_bulk_ = false;

  std::mutex mutex_; ///< Guards what follows; taken inside the bus's lock, never around events.
  std::map<link_no, two_lanes> links_;
  bool links_changed_ = true;
  std::vector<two_lanes> dead_; ///< Closed by the thread that reads their monitors.
  link_no last_link_ = 0;
  time_point wake_at_ = time_point::max();
  bool blocked_ = false;
};

lane_socket zmq_transport::call(link_no no, const origin& self, lane way,
                                const std::string& endpoint) const {
  return make_lane(context_, self, way, endpoint,
                   "inproc://lane-" + std::to_string(no) + "-"
                       + std::to_string(static_cast<int>(way)),
                   options_.curve ? &*options_.curve : nullptr);
}

link_no zmq_transport::open(const origin& self, const std::vector<std::string>& endpoints) {
  two_lanes fresh{.self = self};
  for (const auto& endpoint : endpoints) {
    if (endpoint.starts_with("tcp://") || endpoint.starts_with("ipc://")) {
      fresh.endpoint = endpoint;
      break;
    }
  }
  const std::lock_guard lock(mutex_);
  const auto no = ++last_link_;
  fresh.lanes[0] = call(no, self, lane::control, fresh.endpoint);
  if (!options_.curve) {
    fresh.lanes[1] = call(no, self, lane::bulk, fresh.endpoint);
  }
  links_.emplace(no, std::move(fresh));
  links_changed_ = true;
  ring();
  return no;
}

// With keys the bulk lane has an endpoint of its own, which a peer that was called tells in its
// hello.
void zmq_transport::met(link_no link, const std::vector<std::string>& endpoints) {
  const std::lock_guard lock(mutex_);
  const auto at = links_.find(link);
  if (at == links_.end() || !options_.curve || at->second.lanes[1].dealer.get() != nullptr) {
    return;
  }
  for (const auto& endpoint : endpoints) {
    if (endpoint.starts_with(bulk_scheme)) {
      at->second.lanes[1] = call(link, at->second.self, lane::bulk, endpoint.substr(5));
      links_changed_ = true;
      ring();
      return;
    }
  }
}

bool zmq_transport::send(link_no link, lane way, const frame& data) {
  const std::lock_guard lock(mutex_);
  const auto at = links_.find(link);
  if (at == links_.end()) {
    return true;
  }
  auto& l = at->second.lanes[static_cast<std::size_t>(way)];
  if (l.dealer.get() != nullptr && send_frame(l.dealer, data)) {
    return true;
  }
  if (l.connected && !std::exchange(blocked_, true)
      && std::this_thread::get_id() != runs_in_.load()) {
    ring();
  }
  return false;
}

void zmq_transport::close(link_no link, bool flush) {
  const std::lock_guard lock(mutex_);
  const auto at = links_.find(link);
  if (at == links_.end()) {
    return;
  }
  at->second.flush = flush;
  dead_.push_back(std::move(at->second));
  links_.erase(at);
  links_changed_ = true;
  ring();
}

// A monitor that is closed while it is on blocks libzmq's I/O thread for ever: off first.
void zmq_transport::bury() {
  std::vector<two_lanes> dead;
  {
    const std::lock_guard lock(mutex_);
    dead.swap(dead_);
  }
  for (auto& link : dead) {
    for (auto& l : link.lanes) {
      if (l.dealer.get() == nullptr) {
        continue;
      }
      zmq_socket_monitor(l.dealer.get(), nullptr, 0);
      l.monitor.close();
      if (link.flush) {
        l.dealer.set(ZMQ_LINGER, bye_linger_ms);
      }
      l.dealer.close();
    }
  }
}

void zmq_transport::stop() {
  stopping_.store(true);
  wake();
  lead_.stop();
  for (auto& thread : threads_) {
    if (thread.joinable()) {
      thread.join();
    }
  }
  {
    const std::lock_guard lock(mutex_);
    for (auto& [no, link] : links_) {
      dead_.push_back(std::move(link));
    }
    links_.clear();
  }
  bury();
  ears_.close();
}

// True: there are others than before. ZeroMQ's descriptors tell of edges: whoever was told reads
// until there is nothing left, and a new socket tells nothing until it was read once.
bool zmq_transport::collect() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(links_changed_, false)) {
    return false;
  }
  items_.assign({{ears_.router.descriptor(), POLLIN, 0},
                 {waker_, POLLIN, 0},
                 {ears_.bulk.get() == nullptr ? -1 : ears_.bulk.descriptor(), POLLIN, 0},
                 {ears_.router_door.descriptor(), POLLIN, 0},
                 {ears_.bulk_door.descriptor(), POLLIN, 0}});
  monitor_of_.clear();
  for (auto& [no, link] : links_) {
    for (std::size_t i = 0; i < lane_count; ++i) {
      if (link.lanes[i].monitor.get() == nullptr) {
        continue;
      }
      items_.push_back({link.lanes[i].monitor.descriptor(), POLLIN, 0});
      monitor_of_.emplace_back(no, i);
    }
  }
  return true;
}

duration zmq_transport::time_left() {
  const std::lock_guard lock(mutex_);
  auto until = std::min(wake_at_, ears_.router_door.attend_at());
  const auto at = now();
  if (blocked_) {
    until = std::min(until, at + blocked_retry);
  }
  if (flushing_.load()) {
    until = std::min(until, flush_at_);
  }
  if (until == time_point::max()) {
    return sleep_max;
  }
  return until <= at ? duration{0} : std::min(until - at, sleep_max);
}

void zmq_transport::attend_doors(bool fresh) {
  auto& door = ears_.router_door;
  if (fresh || (items_[3].revents & POLLIN) != 0
      || (door.attend_at() != time_point::max() && door.attend_at() <= now())) {
    door.attend(now());
  }
  if (fresh || (items_[4].revents & POLLIN) != 0) {
    ears_.bulk_door.attend(now());
  }
}

// Whoever sends much is not slowed by waking this thread: it comes by itself for a while.
void zmq_transport::flush_if_due() {
  if (!flushing_.load() || now() < flush_at_) {
    return;
  }
  if (!flush_.exchange(false)) {
    flush_at_ = time_point::min();
    flushing_.store(false);
    if (!flush_.exchange(false)) {
      return;
    }
    flushing_.store(true);
  }
  events_->on_flush();
  flush_at_ = now() + flush_every;
}

void zmq_transport::tick_if_due() {
  bool due = woken_.exchange(false);
  {
    const std::lock_guard lock(mutex_);
    if (wake_at_ <= now()) {
      wake_at_ = time_point::max();
      due = true;
    }
    due = due || blocked_;
    blocked_ = false;
  }
  if (due) {
    events_->on_wake();
  }
}

void zmq_transport::hear(link_no link, std::size_t way) {
  for (;;) {
    auto what = link_event::none;
    bool refused = false;
    std::string endpoint;
    {
      const std::lock_guard lock(mutex_);
      const auto at = links_.find(link);
      if (at == links_.end()) {
        return;
      }
      auto& l = at->second.lanes[way];
      what = next_event(l.monitor);
      if (what == link_event::connected) {
        l.connected = true;
        blocked_ = true;
      }
      refused = what == link_event::retried && ++l.retries >= retries_max;
      endpoint = at->second.endpoint;
    }
    if (what == link_event::none) {
      return;
    }
    if (refused) {
      events_->on_lost(
          link,
          {.code = errc::peer_gone, .text = "nobody answers at " + endpoint, .retryable = true});
    } else if (what == link_event::lost) {
      events_->on_lost(link, {.code = errc::peer_gone,
                              .text = "the connection to " + endpoint + " broke",
                              .retryable = true});
    }
  }
}

// True: there may be more.
bool zmq_transport::drain(const socket& from, lane way) {
  received in;
  std::size_t taken = 0;
  for (int i = 0; i < frames_per_turn && taken < bytes_per_turn; ++i) {
    switch (receive_frame(from, options_.curve.has_value(), in)) {
      case receipt::none:
        return false;
      case receipt::dropped:
        break;
      case receipt::taken:
        taken += in.data.head.size() + in.data.bulk.size();
        if (!options_.curve || in.way == way) {
          events_->on_frame(in.from, in.way, std::move(in.data));
        }
    }
  }
  return true;
}

void zmq_transport::turn() {
  bury();
  const bool fresh = collect();
  const auto wait = more_ || more_bulk_ || fresh ? duration{0} : time_left();
  const timespec left{.tv_sec = wait / 1s, .tv_nsec = (wait % 1s).count()};
  if (::ppoll(items_.data(), items_.size(), &left, nullptr) < 0 && !fresh) {
    return;
  }
  if ((items_[1].revents & POLLIN) != 0) {
    std::uint64_t count = 0;
    (void)!::read(waker_, &count, sizeof count);
  }
  if (stopping_.load()) {
    return;
  }
  if (more_ || (items_[0].revents & POLLIN) != 0) {
    more_ = drain(ears_.router, lane::control);
  }
  if (more_bulk_ || (items_[2].revents & POLLIN) != 0) {
    more_bulk_ = drain(ears_.bulk, lane::bulk);
  }
  attend_doors(fresh);
  for (std::size_t i = 0; i < monitor_of_.size(); ++i) {
    if (fresh || (items_[i + fixed_items].revents & POLLIN) != 0) {
      hear(monitor_of_[i].first, monitor_of_[i].second);
    }
  }
  flush_if_due();
  tick_if_due();
}

// False: the other thread has taken the lead meanwhile.
bool zmq_transport::run_actors() {
  if (!events_->has_runs()) {
    return true;
  }
  if (more_ || more_bulk_ || !lead_.can_lend()) {
    events_->run_elsewhere();
    return true;
  }
  events_->begin_runs();
  lead_.lend();
  events_->run_here();
  return lead_.take_back();
}

void zmq_transport::run(bool leads) {
  take_precedence();
  while (leads || lead_.stand_by()) {
    runs_in_.store(std::this_thread::get_id());
    do {
      turn();
    } while (run_actors() && !stopping_.load());
    if (stopping_.load()) {
      return;
    }
    leads = false;
  }
}

} // namespace

result<std::unique_ptr<transport>> make_zmq_transport(const zmq_options& options) {
  auto made = std::make_unique<zmq_transport>(options);
  if (auto bound = made->listen(); !bound) {
    return std::move(bound).err();
  }
  return std::unique_ptr<transport>(std::move(made));
}

} // namespace troupe
