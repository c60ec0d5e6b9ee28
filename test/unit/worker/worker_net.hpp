// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/cache_shard/cache_shard_core.hpp"
#include "actors/worker/worker_core.hpp"
#include "engine/core/context_key.hpp"
#include "engine/core/sim/virtual_host.hpp"
#include "runtime/base/rng.hpp"
#include "runtime/base/virtual_time.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace troupe {

/// Cores by hand on one virtual queue: messages take random times, in order between two actors but
/// for parts, which come in any order as their bytes do. Stands for shell and bus.
class worker_net {
public:
  static constexpr std::uint32_t vocabulary = 1024;

  explicit worker_net(std::uint64_t seed) : chance_(seed) {}

  struct node {
    std::function<bool(const delivery&, context&)> dispatch;
    std::function<void(std::uint64_t, const delivery&, context&)> on_response;
    std::function<void(const actor_ref&, const error&, context&)> on_down;
    std::function<void(context&)> tick;
    std::function<std::optional<time_point>()> next_wake;
    std::function<void()> check;
    outbox out;
    std::map<actor_ref, bool> watched;
    std::map<std::uint64_t, actor_ref> requests; ///< Open ones.
    std::optional<time_point> armed;
  };

  struct worker {
    actor_ref ref;
    std::unique_ptr<engine::virtual_host> host;
    std::unique_ptr<worker_core> core;
  };

  template <actor_core C>
  void attach(const actor_ref& ref, C& core) {
    auto& n = nodes_[ref];
    n.dispatch = [&core](const delivery& d, context& x) {
      return troupe::dispatch(core, d, x);
    };
    n.on_response = [&core](std::uint64_t id, const delivery& d, context& x) {
      core.on_response(id, d, x);
    };
    n.on_down = [&core](const actor_ref& who, const error& why, context& x) {
      core.on_down(who, why, x);
    };
    n.tick = [&core](context& x) {
      core.tick(x);
    };
    n.next_wake = [&core] {
      return core.next_wake();
    };
    n.check = [&core] {
      core.check_invariants();
    };
  }

  worker& add_worker(std::uint64_t number, std::uint32_t pool_blocks, worker_limits limits = {}) {
    auto made = std::make_unique<worker>();
    made->ref = {.node = {{number}, {number * 1000}}, .actor = 1};
    auto exec =
        std::make_unique<engine::sim_executor>(engine::sim_options{.vocabulary = {vocabulary, {}},
                                                                   .content = content,
                                                                   .context_tokens_max = 4096,
                                                                   .block_bytes = 256});
    made->host = std::make_unique<engine::virtual_host>(
        std::move(exec),
        engine::virtual_host_options{.host = {.pool_blocks = pool_blocks, .step_tokens_max = 64},
                                     .seed = chance_(),
                                     .check_invariants = true},
        time, time);
    auto card = std::make_shared<model_card>();
    card->model = "sim";
    card->digest = digest;
    card->content = content;
    card->layout = made->host->traits().layout;
    card->context_tokens_max = 4096;
    auto* self = made.get();
    worker_config config{.self = {.node = made->ref.node},
                         .me = made->ref,
                         .node_name = "w" + std::to_string(number),
                         .card = card,
                         .cluster_secret = secret,
                         .block_bytes = 256,
                         .total_blocks = pool_blocks,
                         .ask_snapshot =
                             [this, self] {
                               self->host->take_snapshot([this, self](auto snapshot) {
                                 enter(self->ref, [&](node&, context& cx) {
                                   self->core->on_snapshot(snapshot, cx);
                                 });
                               });
                             },
                         .limits = limits};
    made->core = std::make_unique<worker_core>(std::move(config), *made->host);
    made->host->listen([this, self](engine::step_events what) {
      enter(self->ref, [&](node&, context& cx) { self->core->on_engine(what, cx); });
    });
    attach(made->ref, *made->core);
    workers.push_back(std::move(made));
    return *workers.back();
  }

  /// A peer that is a function of the test.
  void add_script(const actor_ref& ref, std::function<void(const delivery&)> heard) {
    nodes_[ref].dispatch = [heard = std::move(heard)](const delivery& d, context&) {
      heard(d);
      return true;
    };
  }

  template <bus_message M>
  void say(const actor_ref& from, const actor_ref& to, M what) {
    carry(from, {.to = to, .body = message::of(std::move(what))});
  }

  /// The actor and its process are gone; who monitored it hears so.
  void kill(const actor_ref& who) {
    for (auto& w : workers) {
      if (w->ref == who) {
        w->host->crash();
      }
    }
    nodes_.erase(who);
    for (auto& [ref, n] : nodes_) {
      lost(ref, n, who);
    }
  }

  void run_for(duration much) {
    const auto until = time.now() + much;
    while (time.next() && *time.next() <= until) {
      time.step();
    }
  }

  virtual_time time;
  std::vector<std::unique_ptr<worker>> workers;
  content_id content{hash128{5, 6}};
  model_digest digest{hash128{7, 8}};
  std::uint64_t secret = 42;

private:
  void enter(const actor_ref& ref, const std::function<void(node&, context&)>& what) {
    const auto it = nodes_.find(ref);
    if (it == nodes_.end()) {
      return;
    }
    auto& n = it->second;
    context cx{time.now(), n.out};
    what(n, cx);
    if (n.check) {
      n.check();
    }
    const auto watches = n.out.watches();
    const auto sends = n.out.sends();
    n.out.clear();
    for (const auto& change : watches) {
      n.watched[change.who] = change.on;
      if (change.on && !nodes_.contains(change.who)) {
        time.at(time.now(), [this, ref, who = change.who] {
          if (const auto at = nodes_.find(ref); at != nodes_.end()) {
            lost(ref, at->second, who);
          }
        });
      }
    }
    for (const auto& send : sends) {
      carry(ref, send);
    }
    arm(ref);
  }

  void lost(const actor_ref& ref, node& n, const actor_ref& who) {
    std::vector<std::uint64_t> open;
    for (const auto& [id, to] : n.requests) {
      if (to == who) {
        open.push_back(id);
      }
    }
    const auto watched = std::exchange(n.watched[who], false);
    time.at(time.now(), [this, ref, who, open, watched] {
      const error why{errc::peer_gone, "gone", "", true};
      for (const auto id : open) {
        enter(ref, [&](node& self, context& cx) {
          if (self.requests.erase(id) > 0 && self.on_response) {
            self.on_response(id, {.what = delivery::kind::response, .why = why}, cx);
          }
        });
      }
      if (watched) {
        enter(ref, [&](node& self, context& cx) {
          if (self.on_down) {
            self.on_down(who, why, cx);
          }
        });
      }
    });
  }

  void carry(const actor_ref& from, outgoing send) {
    if (send.what == delivery::kind::request) {
      nodes_[from].requests[send.request_id] = send.to;
      if (!nodes_.contains(send.to)) {
        lost(from, nodes_[from], send.to);
        return;
      }
    }
    const auto is_part = send.body.as<part>() != nullptr;
    auto& last = arrivals_[{from, send.to}];
    auto when = time.now() + duration{1 + static_cast<std::int64_t>(chance_.below(300'000))};
    if (!is_part) {
      when = last = std::max(when, last + 1ns);
    }
    time.at(when, [this, from, send = std::move(send)] { arrive(from, send); });
  }

  void arrive(const actor_ref& from, const outgoing& send) {
    const delivery what{.from = from,
                        .what = send.what,
                        .request_id = send.request_id,
                        .body = send.body,
                        .why = send.why};
    if (!nodes_.contains(from)) {
      return;
    }
    enter(send.to, [&](node& n, context& cx) {
      if (send.what == delivery::kind::response) {
        if (n.requests.erase(send.request_id) > 0 && n.on_response) {
          n.on_response(send.request_id, what, cx);
        }
        return;
      }
      cx.from = &what;
      CHECK(n.dispatch(what, cx));
    });
  }

  void arm(const actor_ref& ref) {
    auto& n = nodes_.at(ref);
    const auto due = n.next_wake ? n.next_wake() : std::nullopt;
    if (!due || (n.armed && *n.armed <= *due)) {
      return;
    }
    n.armed = due;
    time.at(std::max(*due, time.now()), [this, ref, due] {
      enter(ref, [&](node& self, context& cx) {
        if (self.armed == due) {
          self.armed.reset();
          self.tick(cx);
        }
      });
    });
  }

  rng chance_;
  std::map<actor_ref, node> nodes_;
  std::map<std::pair<actor_ref, actor_ref>, time_point> arrivals_;
};

} // namespace troupe
