// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/assembly/node_parts.hpp"

#include "runtime/base/check.hpp"
#include "runtime/bus/posts.hpp"

#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

/// Finds the directory among the peers that come up; a shell hears of them all.
caf::behavior watch_links(caf::event_based_actor* self, spawned<membership_core> agent,
                          std::optional<spawned<console_core>> console) {
  return {
      [agent, console](const peer_up& peer) {
        if (console) {
          console->post([peer](console_core& core, context& cx) { core.on_peer_up(peer, cx); });
        }
        const auto found = peer.named.find("directory");
        if (found != peer.named.end()) {
          agent.post([ref = found->second](membership_core& core, context& cx) {
            core.on_directory(ref, cx);
          });
        }
      },
      [console](const peer_down& peer) {
        if (console) {
          console->post([peer](console_core& core, context& cx) { core.on_peer_down(peer, cx); });
        }
      },
      [self](const quit&) { self->quit(); },
  };
}

node_report look(const world& where, const std::string& name, time_point begun,
                 const std::function<std::uint64_t()>& resident_bytes) {
  node_report all{.node = name,
                  .uptime_ms = static_cast<std::uint64_t>((where.time.now() - begun) / 1ms),
                  .resident_bytes = resident_bytes ? resident_bytes() : 0};
  if (where.actors != nullptr) {
    all.actors = where.actors->list();
  }
  for (auto& one : where.links.sessions()) {
    if (all.links.size() < limits::members_max) {
      all.links.push_back({.peer = one.peer,
                           .name = std::move(one.name),
                           .frames_in = one.frames_in,
                           .frames_out = one.frames_out,
                           .waiting_messages = one.waiting_messages,
                           .unreturned_bytes = one.unreturned_bytes,
                           .bytes_in = one.bytes_in,
                           .bytes_out = one.bytes_out});
    }
  }
  return all;
}

std::shared_ptr<trace_tap> tap(const world& where, std::uint64_t actor,
                               const trace_bounds& bounds) {
  const auto meter = where.actors != nullptr ? where.actors->find(actor) : nullptr;
  if (meter == nullptr) {
    return nullptr;
  }
  auto made = std::make_shared<trace_tap>(bounds);
  meter->traces.add(made);
  return made;
}

std::optional<mailbox_report> mailbox_of(const world& where, std::uint64_t actor) {
  const auto meter = where.actors != nullptr ? where.actors->find(actor) : nullptr;
  if (meter == nullptr) {
    return std::nullopt;
  }
  return report_mailbox(*meter, where.links.types(), where.time.now());
}

std::function<profile_report(time_point)> profile(const world& where, std::uint64_t actor) {
  auto meter = where.actors != nullptr ? where.actors->find(actor) : nullptr;
  if (meter == nullptr) {
    return {};
  }
  return begin_profile(std::move(meter), where.links.types(), where.time.now());
}

log_report lines_of(const world& where, const observe::log_tail& tail, const log_query& what) {
  const auto most = what.lines_max == 0
                        ? limits::log_lines_max
                        : std::min<std::size_t>(what.lines_max, limits::log_lines_max);
  const auto actor = what.actor == 0 || where.actors == nullptr ? std::string{}
                                                                : where.actors->name_of(what.actor);
  auto found = tail.newest(what.after, most, limits::log_bytes_max,
                           what.actor == 0 ? std::string{} : " actor=" + actor + " ");
  log_report told{.last = found.last, .missed = found.missed};
  for (auto& one : found.lines) {
    one.text.resize(std::min(one.text.size(), limits::log_line_bytes_max));
    told.lines.push_back({one.no, std::move(one.text)});
  }
  return told;
}

result<void> set_log_level(const world& where, std::uint64_t actor,
                           std::optional<log_detail> least) {
  const auto name =
      actor == 0 || where.actors == nullptr ? std::string{} : where.actors->name_of(actor);
  if (actor != 0 && name.empty()) {
    return error{.code = errc::not_found, .text = "no such actor in this process"};
  }
  // The levels of both have one order.
  const auto level = least ? std::optional(static_cast<observe::level>(*least)) : std::nullopt;
  if (!where.log.set_level(name, level)) {
    return error{.code = errc::overloaded, .text = "too many actors have a level of their own"};
  }
  return {};
}
static_assert(static_cast<int>(log_detail::trace) == static_cast<int>(observe::level::trace)
              && static_cast<int>(log_detail::warn) == static_cast<int>(observe::level::warn));

role_set worker_roles(node_roles roles) {
  return static_cast<role_set>(((roles & node_role::prefill) != 0 ? role_prefill : 0)
                               | ((roles & node_role::decode) != 0 ? role_decode : 0));
}

} // namespace

node_parts::node_parts(caf::actor_system& system, const world& where, const node_plan& plan,
                       const node_ports& ports) {
  spawn_control(system, where, plan, ports);
  if ((plan.roles & node_role::worker) != 0) {
    spawn_worker(system, where, plan, ports);
  }
  spawn_membership(system, where, plan, ports);
}

node_parts::~node_parts() = default;

void node_parts::spawn_control(caf::actor_system& system, const world& where, const node_plan& plan,
                               const node_ports& ports) {
  const auto has = [&](node_roles role) {
    return (plan.roles & role) != 0;
  };
  const auto seed = [&](std::uint64_t label) {
    return mix64(where.seed, label);
  };
  if (has(node_role::directory) || ports.store != nullptr) {
    spawn_directory(system, where, plan, ports);
  }
  if (has(node_role::planner)) {
    planner = spawn_core<planner_core>(system, where, "planner", [&](const actor_ref&) {
      return std::make_shared<planner_core>(planner_config{.name = plan.name});
    });
  }
  if (has(node_role::agent)) {
    TROUPE_CHECK(ports.launch != nullptr);
    auto config = plan.agent;
    config.name = plan.name;
    config.log = ports.audit;
    agent = spawn_core<node_core>(system, where, "agent", [&](const actor_ref& self) {
      return std::make_shared<node_core>(config, self.node, *ports.launch);
    });
  }
  if (has(node_role::router)) {
    auto config = plan.router;
    config.name = plan.name;
    config.log = ports.audit;
    router = spawn_core<router_core>(system, where, "router", [&](const actor_ref& self) {
      return std::make_shared<router_core>(config, self, seed(1), plan.broken_router);
    });
  }
  if (has(node_role::gateway)) {
    spawn_gateway(system, where, plan, ports);
  }
  std::function<log_report(const log_query&)> log_lines;
  std::function<result<void>(std::uint64_t, std::optional<log_detail>)> log_levels;
  if (ports.log_tail != nullptr) {
    log_lines = [where, tail = ports.log_tail](const log_query& what) {
      return lines_of(where, *tail, what);
    };
    log_levels = [where](std::uint64_t actor, std::optional<log_detail> least) {
      return set_log_level(where, actor, least);
    };
  }
  admin = spawn_core<admin_core>(system, where, "admin", [&](const actor_ref&) {
    return std::make_shared<admin_core>(admin_ports{
        .look = [where, name = plan.name, begun = where.time.now(),
                 bytes = ports.resident_bytes] { return look(where, name, begun, bytes); },
        .tap = [where](std::uint64_t actor,
                       const trace_bounds& bounds) { return tap(where, actor, bounds); },
        .mailbox = [where](std::uint64_t actor) { return mailbox_of(where, actor); },
        .profile = [where](std::uint64_t actor) { return profile(where, actor); },
        .disturb = ports.disturb,
        .crash = ports.crash,
        .log_lines = log_lines,
        .set_log_level = log_levels,
        .audit = ports.audit});
  });
  if (has(node_role::shell)) {
    TROUPE_CHECK(ports.terminal != nullptr);
    auto config = plan.console;
    config.name = plan.name;
    config.self = where.links.self();
    console = spawn_core<console_core>(system, where, "shell", [&](const actor_ref&) {
      return std::make_shared<console_core>(config, *ports.terminal);
    });
  }
  if (has(node_role::cache)) {
    auto config = plan.cache;
    config.node_name = plan.name;
    config.log = ports.audit;
    cache = spawn_core<cache_shard_core>(system, where, "cache", [&](const actor_ref& self) {
      config.me = self;
      return std::make_shared<cache_shard_core>(config);
    });
  }
}

bool node_parts::serves_directory(const node_plan& plan) const {
  return (plan.roles & node_role::directory) != 0;
}

// Beside a store every process has a directory; one without the role is for that process alone.
void node_parts::spawn_directory(caf::actor_system& system, const world& where,
                                 const node_plan& plan, const node_ports& ports) {
  auto config = plan.directory;
  config.name = plan.name;
  config.self = where.links.self();
  config.refused = [log = ports.log](const member& who, const error& why, std::uint64_t unsaid) {
    log.warn("service_refused",
             {{"node", who.name}, {"role", why.field}, {"why", why.text}, {"unsaid", unsaid}});
  };
  store_ = ports.store;
  config.store = store_.get();
  config.is_private = !serves_directory(plan);
  directory = spawn_core<directory_core>(
      system, where, config.is_private ? "" : "directory", [&](const actor_ref&) {
        return std::shared_ptr<directory_core>(new directory_core(config, where.time.now()),
                                               [store = store_](directory_core* c) { delete c; });
      });
  if (store_ != nullptr) {
    store_->listen([mailbox = directory->mailbox](std::vector<join> records, bool in_time) {
      post_to<directory_core>(
          mailbox, [records = std::move(records), in_time](directory_core& core, context& cx) {
            core.observe(records, in_time, cx);
          });
    });
  }
}

void node_parts::spawn_gateway(caf::actor_system& system, const world& where, const node_plan& plan,
                               const node_ports& ports) {
  TROUPE_CHECK(ports.clients != nullptr && ports.texts != nullptr && ports.cards != nullptr);
  auto config = plan.gateway;
  config.name = plan.name;
  config.cluster_secret = plan.cluster_secret;
  config.log = ports.audit;
  auto reader = ports.cards;
  gateway = spawn_core<gateway_core>(system, where, "gateway", [&](const actor_ref& self) {
    return std::shared_ptr<gateway_core>(new gateway_core(config, self, mix64(where.seed, 2),
                                                          *ports.clients, *ports.texts, *reader,
                                                          plan.broken_gateway),
                                         [reader](gateway_core* core) { delete core; });
  });
  reader->listen([mailbox = gateway->mailbox](card_read what) {
    post_to<gateway_core>(mailbox, [what = std::move(what)](gateway_core& core, context& cx) {
      core.on_card(what, cx);
    });
  });
}

void node_parts::spawn_worker(caf::actor_system& system, const world& where, const node_plan& plan,
                              const node_ports& ports) {
  TROUPE_CHECK(ports.engine != nullptr && ports.card != nullptr);
  auto host = ports.engine;
  worker_card_ = ports.card;
  // What the engine tells goes to the mailbox alone: it must keep neither core nor itself alive.
  const auto mailbox = std::make_shared<caf::actor>();
  worker_config config{.node_name = plan.name,
                       .roles = worker_roles(plan.roles),
                       .card = ports.card,
                       .cluster_secret = plan.cluster_secret,
                       .block_bytes = host->traits().block_bytes,
                       .total_blocks = host->pool_blocks(),
                       .limits = plan.worker,
                       .mutants = plan.broken_worker,
                       .log = ports.audit};
  config.ask_snapshot = [host = host.get(), mailbox] {
    host->take_snapshot([mailbox](engine::engine_host::snapshot what) {
      post_to<worker_core>(*mailbox, [what = std::move(what)](worker_core& core, context& cx) {
        core.on_snapshot(what, cx);
      });
    });
  };
  worker = spawn_core<worker_core>(system, where, "worker", [&](const actor_ref& self) {
    config.me = self;
    config.self = {.node = self.node};
    return std::shared_ptr<worker_core>(new worker_core(config, *host),
                                        [host](worker_core* core) { delete core; });
  });
  *mailbox = worker->mailbox;
  host->listen([mailbox](engine::step_events what) {
    post_to<worker_core>(*mailbox, [what = std::move(what)](worker_core& core, context& cx) {
      core.on_engine(what, cx);
    });
  });
}

member node_parts::describe(const world& where, const node_plan& plan) const {
  member me{.node = where.links.self(),
            .name = plan.name,
            .endpoints = where.links.endpoints(),
            .pid = plan.pid,
            .http_port = plan.http_port,
            .admin_port = plan.admin_port};
  const auto add = [&](service_role role, const auto& part) {
    if (part) {
      me.services.push_back({.role = role, .actor = part->ref});
    }
  };
  add(service_role::gateway, gateway);
  add(service_role::router, router);
  add(service_role::cache_shard, cache);
  add(service_role::planner, planner);
  if (serves_directory(plan)) {
    add(service_role::directory, directory);
  }
  add(service_role::node, agent);
  if (worker) {
    const auto& card = *worker_card_;
    me.services.push_back({.role = service_role::worker,
                           .actor = worker->ref,
                           .roles = worker_roles(plan.roles),
                           .model = card.model,
                           .digest = card.digest,
                           .content = card.content,
                           .layout = card.layout});
  }
  return me;
}

void node_parts::spawn_membership(caf::actor_system& system, const world& where,
                                  const node_plan& plan, const node_ports& ports) {
  const auto port = std::make_shared<node_links>(where, plan.seeds, ports.names, ports.log);
  me_ = describe(where, plan);
  membership = spawn_core<membership_core>(system, where, "membership", [&](const actor_ref&) {
    auto config = plan.membership;
    config.name = plan.name;
    // With its port: the actor ends after us.
    struct ported {
      std::shared_ptr<node_links> port;
      membership_core core;
    };
    const auto both = std::make_shared<ported>(ported{port, {config, me_, *port}});
    return std::shared_ptr<membership_core>(both, &both->core);
  });
  const auto listen = [&](const auto& part) {
    if (part) {
      membership->post(
          [ref = part->ref](membership_core& core, context& cx) { core.add_listener(ref, cx); });
    }
  };
  listen(gateway);
  listen(router);
  listen(worker);
  listen(planner);
  listen(agent);
  listen(admin);
  listen(console);
  link_watcher_ = system.spawn(watch_links, *membership, console);
  where.links.subscribe(link_watcher_);
  if (directory) {
    membership->post(
        [ref = directory->ref](membership_core& core, context& cx) { core.on_directory(ref, cx); });
  }
}

void node_parts::announce(std::uint16_t http_port, std::uint16_t admin_port) {
  me_.http_port = http_port;
  me_.admin_port = admin_port;
  membership->post([me = me_](membership_core& core, context& cx) { core.set_me(me, cx); });
}

void node_parts::end() {
  membership->post([](membership_core& core, context& cx) { core.leave_now(cx); });
  const auto stop = [](const auto& part) {
    if (part) {
      part->end();
    }
  };
  stop(gateway);
  stop(router);
  stop(worker);
  stop(cache);
  stop(planner);
  stop(agent);
  stop(admin);
  stop(console);
  stop(membership);
  stop(directory);
  if (store_ != nullptr) {
    store_->close(); // Else it would keep the directory's mailbox.
  }
  caf::anon_send(link_watcher_, quit{});
}

} // namespace troupe
