// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/node_process.hpp"

#include "actors/assembly/node_metrics.hpp"
#include "actors/assembly/redis_store.hpp"
#include "actors/gateway/http_reply.hpp"
#include "apps/troupe/admin_api.hpp"
#include "apps/troupe/cluster_file.hpp"
#include "apps/troupe/key_options.hpp"
#include "apps/troupe/step_words.hpp"
#include "messages/registry.hpp"
#include "runtime/base/check.hpp"
#include "runtime/bus/actor_system.hpp"
#include "runtime/bus/bus.hpp"
#include "runtime/bus/faulty_transport.hpp"
#include "runtime/bus/link_zmq.hpp"
#include "runtime/codec/type_entry.hpp"
#include "runtime/process/system.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <cstdlib>
#include <future>
#include <thread>
#include <unistd.h>
#include <utility>

namespace troupe {

namespace {

constexpr duration http_drain = 2s;
constexpr duration end_max = 8s;
constexpr duration farewell_max = 500ms;
constexpr duration slots_end_max = 5500ms; ///< Above the grace that the launcher gives each.
constexpr duration keys_look_every = 2s;

struct actors_config : caf::actor_system_config {
  actors_config() { configure_actors(*this, 2); }
};

std::int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(process::wall_now().time_since_epoch())
      .count();
}

std::uint64_t secret_of(const app_config& config) {
  return hash64(as_bytes_view(config.cluster));
}

bool is_terminal(const node_process::options& what) {
  return (what.roles & node_role::shell) != 0;
}

/// What the processes of an agent join if not the agent, as --join takes it.
std::string directories_elsewhere(const node_process::options& what) {
  std::string out;
  if ((what.roles & node_role::directory) == 0) {
    for (const auto& one : what.config.join) {
      out += (out.empty() ? "" : ",") + one;
    }
  }
  return out;
}

/// nullptr: the directory is embedded, or the process is a whole server.
result<std::shared_ptr<redis_store>> open_store(const node_process::options& what) {
  if (what.config.directory == "embedded" || what.standalone) {
    return std::shared_ptr<redis_store>{};
  }
  auto to = redis::parse_address(what.config.directory, "node.directory");
  if (!to) {
    auto why = to.err();
    why.text += ", or embedded";
    return why;
  }
  return std::make_shared<redis_store>(
      redis_store::options{.to = *std::move(to),
                           .cluster = what.config.cluster,
                           .cluster_secret = secret_of(what.config),
                           .log = what.log},
      machine_clock());
}

} // namespace

struct node_process::system {
  actors_config config;
  std::unique_ptr<bus> links;       ///< Outlives the actors, which end in their own time.
  faulty_transport* over = nullptr; ///< Of `links`.
  caf::actor_system actors{config};
};

std::string node_process::bus_endpoint() const {
  const auto all = system_->links->endpoints();
  return all.empty() ? std::string{} : all.front();
}

result<void> node_process::start_bus(const options& what) {
  auto config = what.config;
  if (what.standalone && !is_terminal(what)) {
    config.bus_listen = "127.0.0.1:0";
    config.keys.clear();
  }
  const auto how = make_link_options(config, what.roles, what.log);
  if (!how) {
    return how.err();
  }
  auto over = make_zmq_transport(how->over);
  if (!over) {
    return over.err();
  }
  const node_ref self{.node = {hash64(as_bytes_view(name_))}, .life = {process::random_u64()}};
  auto disturbable = std::make_unique<faulty_transport>(std::move(*over), process::random_u64());
  system_->over = disturbable.get();
  system_->links =
      bus::start({.self = self,
                  .name = name_,
                  .cluster = what.config.cluster,
                  .limits = {.heartbeat = std::chrono::milliseconds(what.config.heartbeat_ms)},
                  .security = how->security},
                 make_table(registry{}), std::move(disturbable));
  system_->links->watch_pool(system_->actors);
  if (how->security != nullptr) {
    key_timer_ = std::make_unique<timer_thread>(machine_clock());
    watch_keys(how->security->keys, what.log);
  }
  return {};
}

// New certificates, revocations and trusted keys take effect without a restart.
void node_process::watch_keys(std::shared_ptr<keys::live_keys> live, const observe::logger& log) {
  key_timer_->at(machine_clock().now() + keys_look_every, [this, live = std::move(live), log] {
    const auto changed = live->refresh(wall_seconds());
    if (!changed && changed.err().text != keys_trouble_) {
      keys_trouble_ = changed.err().text;
      log.error("keys_not_reloaded", {{"why", keys_trouble_}});
    } else if (changed) {
      keys_trouble_.clear();
      if (*changed) {
        log.info("keys_reloaded",
                 {{"revocations", live->current()->believes.revocations().version}});
      }
    }
    system_->links->recheck();
    watch_keys(live, log);
  });
}

// nullptr: nobody waits for them.
std::shared_ptr<process::last_words_writer> node_process::open_last_words(
    const std::string& run_dir) const {
  if (run_dir.empty()) {
    return nullptr;
  }
  auto words = process::last_words_writer::open(last_words_path(run_dir, name_));
  return words ? std::shared_ptr(*std::move(words)) : nullptr;
}

result<void> node_process::start_http(const options& what) {
  auto server = serve_http(
      *api_,
      {.address = what.config.http_address,
       .port = what.config.http_port,
       .bounds = {.body_bytes_max = static_cast<std::size_t>(what.config.http_body_bytes_max)}});
  if (!server) {
    return server.err();
  }
  http_ = std::move(*server);
  turn_away_ = std::chrono::milliseconds(what.config.http_drain_ms);
  return {};
}

result<std::unique_ptr<node_process>> node_process::start(options what) {
  std::unique_ptr<node_process> self(new node_process);
  const auto named = what.standalone && !is_terminal(what) ? result<std::string>(what.config.name)
                                                           : name_by_keys(what.config);
  if (!named) {
    return named.err();
  }
  self->name_ = named->empty() ? (what.standalone ? "serve" : format_node_roles(what.roles)) + "-"
                                     + std::to_string(::getpid())
                               : *named;
  self->queue_ = std::make_unique<timer_thread>(machine_clock());
  self->system_ = std::make_unique<system>();

  const bool joins = !what.standalone || is_terminal(what);
  auto seeds = seed_list::parse(joins ? what.config.join : std::vector<std::string>{}, "node.join");
  if (!seeds) {
    return seeds.err();
  }
  auto store = open_store(what);
  if (!store) {
    return store.err();
  }
  node_ports ports;
  auto words = self->open_last_words(what.config.run_dir);
  if ((what.roles & node_role::worker) != 0) {
    auto model =
        load_model(what.config.model, what.config, what.environment,
                   words == nullptr ? nullptr : std::make_shared<step_words>(words), what.log);
    if (!model) {
      return model.err();
    }
    ports.engine = std::move(model->engine);
    ports.card = std::move(model->card);
    self->writing_ = std::move(model->writing);
  }
  if (auto fine = self->start_bus(what); !fine) {
    return fine.err();
  }
  if (words != nullptr) {
    const auto& me = self->system_->links->self();
    words->introduce(me.node.value, me.life.value);
  }
  if ((what.roles & node_role::gateway) != 0) {
    self->api_ = std::make_unique<http_api>(
        http_api_options{
            .request = {.allow_forced_placement = what.config.forced_placement,
                        .prefill =
                            parse_prefill_mode(what.config.prefill).value_or(prefill_mode::auto_)},
            .api_keys = what.config.api_keys,
            .started_s = unix_seconds()},
        self->texts_, process::random_u64(), unix_seconds);
    ports.clients = self->api_.get();
    ports.texts = &self->texts_;
    ports.cards = make_threaded_card_reader();
  }
  cluster_file kept;
  if ((what.roles & node_role::agent) != 0) {
    self->launcher_ = std::make_unique<process_launcher>(
        what.config, what.environment,
        [me = self.get(), elsewhere = directories_elsewhere(what)] {
          return elsewhere.empty() ? me->bus_endpoint() : elsewhere;
        },
        *self->queue_, machine_clock());
    ports.launch = self->launcher_.get();
    if (!what.config.cluster_file.empty()) {
      auto file = read_cluster_file(what.config.cluster_file);
      if (!file) {
        return file.err();
      }
      kept = *std::move(file);
    }
  }

  ports.resident_bytes = process::rss_bytes;
  ports.audit = [log = what.log](const audit_entry& entry) {
    log.warn("operator_command",
             {{"who", entry.who}, {"what", entry.what}, {"outcome", entry.outcome}});
  };
  ports.disturb = [over = self->system_->over](const node_ref& peer, const disturbance& how) {
    return over->disturb(peer, how);
  };
  ports.crash = [log = what.log] {
    log.error("crashed_on_purpose", {});
    std::abort();
  };
  ports.terminal = what.terminal;
  const world where{.time = machine_clock(),
                    .queue = *self->queue_,
                    .links = *self->system_->links,
                    .seed = process::random_u64(),
                    .actors = &self->actors_,
                    .log = what.log};
  node_plan plan{.roles = what.roles,
                 .name = self->name_,
                 .cluster_secret = secret_of(what.config),
                 .pid = ::getpid(),
                 .console = what.console};
  plan.agent.groups = kept.groups;
  plan.seeds = *std::move(seeds);
  ports.names = std::make_shared<process::name_resolver>();
  ports.log = what.log;
  ports.log_tail = what.log_tail;
  ports.store = *store;
  plan.cache.capacity_bytes = static_cast<std::size_t>(what.config.cache_bytes);
  self->parts_ = std::make_unique<node_parts>(self->system_->actors, where, plan, ports);

  if (self->api_ != nullptr) {
    self->api_->connect(
        [gateway = *self->parts_->gateway](http_api::core_call call) {
          gateway.post(
              [call = std::move(call)](gateway_core& core, context& cx) { call(core, cx); });
        },
        [queue = self->queue_.get()](duration after, std::function<void()> task) {
          queue->at(machine_clock().now() + after, std::move(task));
        });
    if (auto fine = self->start_http(what); !fine) {
      return fine.err();
    }
  }
  if (is_terminal(what)) {
    return self;
  }
  auto admin = start_admin_api(
      what.config.admin_port, *self->parts_->admin, self->parts_->agent,
      [where, me = self.get(), store = *store](std::function<void(std::string)> done) {
        node_stats with{.node = me->name(), .resident_bytes = process::rss_bytes()};
        if (store != nullptr) {
          with.store = store->count();
        }
        collect_stats(me->parts(), where, std::move(with),
                      [done = std::move(done)](const node_stats& all) { done(metrics_text(all)); });
      });
  if (!admin) {
    return admin.err();
  }
  self->admin_ = std::move(*admin);
  self->parts_->announce(self->http_port(), self->admin_port());

  if (self->launcher_ != nullptr) {
    const auto agent = *self->parts_->agent;
    self->launcher_->on_exit([agent, log = what.log](std::int64_t pid, const process_end& how) {
      log.warn("process_ended", {{"pid", pid}, {"how", how.how}});
      agent.post([pid, how](node_core& core, context& cx) { core.on_exit(pid, how, cx); });
    });
    for (const auto& slot : kept.slots) {
      agent.post([slot](node_core& core, context& cx) { core.want(slot.name, slot.what, cx); });
    }
  }
  what.log.info("node_started", {{"node", self->name_},
                                 {"roles", format_node_roles(what.roles)},
                                 {"bus", self->bus_endpoint()},
                                 {"http", self->http_port()},
                                 {"admin", self->admin_port()}});
  return self;
}

namespace {

// While the directory still hears their farewells.
void end_slots(const spawned<node_core>& agent) {
  agent.post([](node_core& core, context& cx) { core.stop_all(cx); });
  const auto until = machine_clock().now() + slots_end_max;
  while (machine_clock().now() < until) {
    const auto over = std::make_shared<std::promise<bool>>();
    auto told = over->get_future();
    agent.post([over](node_core& core, context&) { over->set_value(core.all_stopped()); });
    if (told.wait_for(farewell_max) == std::future_status::ready && told.get()) {
      return;
    }
    std::this_thread::sleep_for(5ms);
  }
}

// What the directory is told goes out before the bus ends.
void say_farewell(const node_parts& parts) {
  const auto said = std::make_shared<std::promise<void>>();
  parts.membership->post([](membership_core& core, context& cx) { core.leave_now(cx); });
  parts.membership->post([said](membership_core&, context&) { said->set_value(); });
  (void)said->get_future().wait_for(farewell_max);
}

} // namespace

node_process::~node_process() {
  if (api_ != nullptr) {
    api_->set_draining();
    std::this_thread::sleep_for(turn_away_);
  }
  if (queue_ != nullptr) {
    queue_->at(machine_clock().now() + end_max, [] { ::_exit(0); });
  }
  admin_.reset();
  if (http_ != nullptr) {
    http_->stop(http_drain);
    http_.reset();
  }
  if (parts_ != nullptr && parts_->agent) {
    end_slots(*parts_->agent);
  }
  launcher_.reset();
  if (parts_ != nullptr) {
    say_farewell(*parts_);
    parts_->end();
  }
  parts_.reset();
  key_timer_.reset();
  if (system_ != nullptr && system_->links != nullptr) {
    system_->links->stop();
  }
  system_.reset();
  queue_.reset();
}

} // namespace troupe
