// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/bus.hpp"

#include "runtime/base/check.hpp"
#include "runtime/bus/bus_core.hpp"
#include "runtime/bus/woken_actors.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/monitorable_actor.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace troupe {

namespace {

template <class T>
caf::mailbox_element_ptr to_caf(T what) {
  return caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, std::move(what));
}

/// Bytes that a thread keeps for its next message.
constexpr std::size_t spare_bytes_max = 64 * 1024;

// Tests: what a local message would be on another node.
message through_codec(const type_table& table, const message& what) {
  const auto* entry = table.find(what.type());
  TROUPE_CHECK(entry != nullptr);
  bytes data;
  entry->encode(what.body(), data);
  auto body = entry->decode(data);
  TROUPE_CHECK(body.has_value());
  if (entry->has_attachment) {
    entry->attach(body->get(), *entry->attachment(what.body()));
  }
  return {entry->type, *std::move(body)};
}

struct local_actor {
  caf::actor who;
  runs where = runs::scheduled;
  std::uint32_t pooled_left = 0; ///< Times to go through the scheduler, since it was slow.
};

constexpr std::uint32_t pooled_after_slow = 64;

/// Whom the posts of one event are for.
struct receiver {
  std::uint64_t actor = 0;
  local_actor to;
  std::size_t left = 0; ///< Posts that are still to come.
  deliveries gathered;
};
using receivers_of_posts = std::vector<receiver>;

} // namespace

struct bus::state final : public link_events, public std::enable_shared_from_this<bus::state> {
  state(bus_options options, type_table table, std::unique_ptr<transport> over)
      : link(std::move(over)),
        gate(std::make_shared<wake_gate>(link.get())),
        core(std::move(options), std::move(table), *link, gate) {}
  ~state() override { run_elsewhere(); }

  void on_frame(const origin& from, lane way, frame data) override {
    run_elsewhere();
    locked([&] { core.on_frame(from, way, data); }, true);
  }
  void on_lost(link_no which, const error& why) override {
    locked([&] { core.on_lost(which, why); }, true);
  }
  void on_wake() override {
    locked([&] { core.on_wake(); }, true);
  }
  void on_flush() override {
    locked([&] { core.on_flush(); }, true);
  }

  [[nodiscard]] bool has_runs() const override { return lent && !lent->empty(); }
  void run_elsewhere() override {
    if (has_runs()) {
      lent->run_elsewhere();
    }
  }
  void begin_runs() override { lent->begin(); }
  void run_here() override {
    lent->run_here(*link, [this](std::uint64_t actor) { was_slow(actor); });
  }

  void was_slow(std::uint64_t actor) {
    const std::lock_guard lock(mutex);
    if (const auto at = actors.find(actor); at != actors.end()) {
      at->second.pooled_left = pooled_after_slow;
    }
  }

  [[nodiscard]] static local_actor take_turn(local_actor& of) {
    auto copy = of;
    of.pooled_left -= of.pooled_left == 0 ? 0 : 1;
    return copy;
  }

  // Posts leave in the order the core made them, outside the lock: a mailbox may destroy what it
  // does not take, and an actor may end while it is told.
  template <class F>
  void locked(F f, bool on_transport = false) {
    static thread_local std::vector<post> spare;
    auto out = std::move(spare); // A nested call finds none and makes its own.
    receivers_of_posts receivers;
    {
      const std::lock_guard lock(mutex);
      if (stopped) {
        return;
      }
      f();
      core.take_posts(out);
      for (const auto& each : out) {
        auto at = std::ranges::find(receivers, each.actor, &receiver::actor);
        if (at == receivers.end()) {
          const auto found = actors.find(each.actor);
          receivers.push_back(
              {each.actor, found == actors.end() ? local_actor{} : take_turn(found->second)});
          at = std::prev(receivers.end());
        }
        ++at->left;
      }
    }
    hand_out(out, receivers, on_transport);
    out.clear();
    spare = std::move(out);
  }

  caf::execution_unit* lent_to(const receiver& whom) {
    if (!link->lends_thread() || whom.to.where != runs::scheduled || whom.to.pooled_left != 0) {
      return nullptr;
    }
    if (!lent) {
      lent.emplace(&whom.to.who->home_system());
    }
    return lent->unit_for(whom.actor);
  }

  void hand_out(std::vector<post>& posts, receivers_of_posts& receivers, bool on_transport) {
    std::optional<inline_unit> unit;
    const auto enqueue = [&](const receiver& whom, caf::mailbox_element_ptr what,
                             bool is_lone = true) {
      const auto& to = whom.to;
      caf::execution_unit* here = nullptr;
      if (on_transport && to.where == runs::inlined) {
        here = unit ? &*unit : &unit.emplace(&to.who->home_system());
      } else if (on_transport && is_lone) {
        here = lent_to(whom);
      }
      caf::actor_cast<caf::abstract_actor*>(to.who)->enqueue(std::move(what), here);
    };
    const auto flush = [&](receiver& to) {
      auto all = std::exchange(to.gathered.all, {});
      if (all.size() > 1) {
        enqueue(to, to_caf(deliveries{std::move(all)}), false);
      } else if (!all.empty()) {
        enqueue(to, to_caf(std::move(all.front())));
      }
    };
    for (auto& what : posts) {
      auto& to = *std::ranges::find(receivers, what.actor, &receiver::actor);
      if (!to.to.who) {
        continue;
      }
      auto* message = std::get_if<delivery>(&what.what);
      --to.left;
      if (message == nullptr) {
        flush(to);
        std::visit([&](auto& each) { enqueue(to, to_caf(std::move(each))); }, what.what);
      } else if (to.left == 0 && to.gathered.all.empty()) {
        enqueue(to, to_caf(std::move(*message)));
      } else {
        if (to.gathered.all.empty()) {
          to.gathered.all.reserve(std::min(to.left + 1, deliveries_max));
        }
        to.gathered.all.push_back(std::move(*message));
        if (to.left == 0 || to.gathered.all.size() == deliveries_max) {
          flush(to);
        }
      }
    }
    for (auto& to : receivers) {
      flush(to);
    }
    if (unit) {
      unit->run();
    }
  }

  void ended(std::uint64_t actor, const error& why) {
    local_actor last;
    locked([&] {
      core.ended(actor, why);
      if (const auto at = actors.find(actor); at != actors.end()) {
        last = std::move(at->second);
        numbers.erase(last.who.id());
        actors.erase(at);
      }
    });
  }

  void shut(bool politely) {
    std::map<std::uint64_t, local_actor> last;
    {
      const std::lock_guard lock(mutex);
      if (stopped) {
        return;
      }
      stopped = true;
      core.stop(politely);
      last.swap(actors);
    }
    gate->close();
    link->stop();
    run_elsewhere();
  }

  mutable std::mutex mutex;
  std::unique_ptr<transport> link;
  std::shared_ptr<wake_gate> gate;
  bus_core core;
  std::map<std::uint64_t, local_actor> actors;
  std::map<std::uint64_t, std::uint64_t> numbers; ///< CAF's actor ids to ours.
  std::optional<woken_actors> lent; ///< Only the transport's thread's, until it stopped.
  bool stopped = false;
};

namespace {

class pulse_actor final : public caf::event_based_actor {
public:
  pulse_actor(caf::actor_config& config, std::function<void()> answer)
      : caf::event_based_actor(config), answer_(std::move(answer)) {}
  caf::behavior make_behavior() override {
    return {[this](const pool_pulse&) {
      answer_();
    }};
  }
  const char* name() const override { return "pulse"; }

private:
  std::function<void()> answer_;
};

} // namespace

bus::bus(std::shared_ptr<state> s) : state_(std::move(s)) {
}

bus::~bus() {
  stop();
}

std::unique_ptr<bus> bus::start(bus_options options, type_table table,
                                std::unique_ptr<transport> over) {
  TROUPE_CHECK(over != nullptr);
  TROUPE_CHECK(options.self != node_ref{});
  auto s = std::make_shared<state>(std::move(options), std::move(table), std::move(over));
  s->link->start(*s);
  return std::unique_ptr<bus>(new bus(std::move(s)));
}

actor_ref bus::attach(const caf::actor& who, const std::string& name, runs where) {
  std::uint64_t number = 0;
  state_->locked([&] {
    number = state_->core.attach(name);
    state_->actors[number] = {who, where};
    state_->numbers[who.id()] = number;
  });
  if (number == 0) {
    return {};
  }
  // The actor may outlive the bus: the functor holds neither.
  caf::actor_cast<caf::abstract_actor*>(who)->attach_functor(
      [weak = std::weak_ptr<state>(state_), number](const caf::error& reason) {
        if (const auto s = weak.lock()) {
          error why;
          if (reason && reason != caf::exit_reason::user_shutdown) {
            why = {.code = errc::peer_gone, .text = "the actor failed", .retryable = true};
          }
          s->ended(number, why);
        }
      });
  return {self(), number, 0};
}

void bus::detach(const actor_ref& who) {
  state_->ended(who.actor, {});
}

void bus::send(const actor_ref& from, outgoing what) {
  static thread_local bytes spare;
  bus_core::prepared ready;
  const auto& core = state_->core;
  const bool here = what.to.node == core.options().self;
  if (!here && what.to) {
    ready.data.body.swap(spare);
    bus_core::prepare(core.table(), what, ready);
  } else if (core.options().local_through_codec && what.body) {
    what.body = through_codec(core.table(), what.body);
  }
  state_->locked([&] { state_->core.send(from, std::move(what), ready); });
  if (ready.data.body.capacity() <= spare_bytes_max) {
    ready.data.body.clear();
    spare.swap(ready.data.body);
  }
}

void bus::monitor(const actor_ref& watcher, const actor_ref& who) {
  state_->locked([&] { state_->core.monitor(watcher, who); });
}

void bus::demonitor(const actor_ref& watcher, const actor_ref& who) {
  state_->locked([&] { state_->core.demonitor(watcher, who); });
}

void bus::subscribe(const caf::actor& who) {
  std::uint64_t number = 0;
  state_->locked([&] {
    const auto at = state_->numbers.find(who.id());
    number = at == state_->numbers.end() ? 0 : at->second;
  });
  if (number == 0) {
    number = attach(who).actor;
  }
  state_->locked([&] { state_->core.subscribe(number); });
}

void bus::watch_pool(caf::actor_system& system) {
  const auto pulse = system.spawn<pulse_actor>([weak = std::weak_ptr<state>(state_)] {
    if (const auto s = weak.lock()) {
      s->locked([&] { s->core.pool_answered(); });
    }
  });
  const auto number = attach(pulse, {}, runs::pooled).actor;
  state_->locked([&] { state_->core.watch_pool(number); });
}

void bus::connect(const std::string& endpoint) {
  state_->locked([&] { state_->core.connect(endpoint); });
}

void bus::stop_connecting(const std::string& endpoint) {
  state_->locked([&] { state_->core.stop_connecting(endpoint); });
}

void bus::learn(const node_ref& node, std::vector<std::string> endpoints) {
  state_->locked([&] { state_->core.learn(node, std::move(endpoints)); });
}

void bus::unlearn(const node_ref& node) {
  state_->locked([&] { state_->core.unlearn(node); });
}

actor_ref bus::find(const node_ref& node, const std::string& name) const {
  actor_ref found;
  state_->locked([&] { found = state_->core.find(node, name); });
  return found;
}

const node_ref& bus::self() const {
  return state_->core.options().self;
}

std::vector<std::string> bus::endpoints() const {
  return state_->link->endpoints();
}

bus::counters bus::count() const {
  counters out;
  state_->locked([&] {
    const auto& core = state_->core;
    out.open_requests = core.open_requests();
    out.dropped = core.dropped;
    out.refused = core.refusals();
    out.messages_in = core.messages_in;
    out.messages_out = core.messages_out;
    out.frames_in = core.ended_frames_in;
    out.frames_out = core.ended_frames_out;
    for (const auto& [link, s] : core.sessions()) {
      out.sessions += s->up() ? 1 : 0;
      out.waiting_messages += s->waiting_count();
      out.unreturned_bytes += s->unreturned_bytes();
      out.frames_in += s->frames_in();
      out.frames_out += s->frames_out();
    }
  });
  return out;
}

std::vector<bus::session_count> bus::sessions() const {
  std::vector<session_count> all;
  state_->locked([&] {
    for (const auto& [link, s] : state_->core.sessions()) {
      if (s->up()) {
        all.push_back({.peer = s->peer().node,
                       .name = s->peer().name,
                       .frames_in = s->frames_in(),
                       .frames_out = s->frames_out(),
                       .waiting_messages = s->waiting_count(),
                       .unreturned_bytes = s->unreturned_bytes(),
                       .bytes_in = s->bytes_in(),
                       .bytes_out = s->bytes_out()});
      }
    }
  });
  return all;
}

const type_table& bus::types() const {
  return state_->core.table();
}

bool bus::stands(std::uint64_t session) const {
  bool found = false;
  state_->locked([&] {
    for (const auto& [link, s] : state_->core.sessions()) {
      found = found || (s->how().serial == session && s->up());
    }
  });
  return found;
}

void bus::recheck() {
  state_->locked([&] { state_->core.recheck(); });
}

void bus::stop() {
  state_->shut(true);
}

void bus::crash() {
  state_->shut(false);
}

} // namespace troupe
