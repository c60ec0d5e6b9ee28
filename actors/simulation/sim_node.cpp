// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_node.hpp"

#include "actors/assembly/node_parts.hpp"
#include "actors/gateway/virtual_card_reader.hpp"
#include "engine/core/sim/virtual_host.hpp"
#include "messages/registry.hpp"
#include "runtime/base/check.hpp"
#include "runtime/bus/actor_system.hpp"
#include "runtime/bus/bus.hpp"
#include "runtime/codec/type_entry.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <utility>

namespace troupe {

namespace {

constexpr std::uint32_t pool_blocks = 512;

struct testing_config : caf::actor_system_config {
  testing_config() { configure_actors_for_testing(*this); }
};

/// The cluster's processes are started by the simulation, never by the node's actor.
class no_launcher final : public launcher {
public:
  result<std::int64_t> start(const std::string&, const slot_config&) override {
    return error{.code = errc::unsupported, .text = "simulated nodes start no processes"};
  }
  void stop(std::int64_t) override {}
  void kill(std::int64_t) override {}
};

} // namespace

struct sim_node::life {
  testing_config config;
  caf::actor_system system{config};
  std::unique_ptr<bus> links;
  std::shared_ptr<engine::virtual_host> engine;
  text_registry texts;
  no_launcher launch;
  std::shared_ptr<sim_store> store;
  std::unique_ptr<node_parts> parts;

  [[nodiscard]] caf::scheduler::test_coordinator& coordinator() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }
};

sim_node::sim_node(const sim_place& place, node_id id, std::string name, node_roles roles)
    : place_(place), id_(id), name_(std::move(name)), roles_(roles) {
  start();
}

sim_node::~sim_node() {
  crash();
}

void sim_node::start() {
  TROUPE_CHECK(life_ == nullptr);
  const auto seed = mix64(mix64(place_.seed, id_.value), ++lives_);
  const auto& model = the_sim_model();
  life_ = std::make_unique<life>();
  const node_ref self{.node = id_, .life = {seed}};
  const auto proof =
      place_.keys ? place_.keys->issue(id_, name_, roles_, place_.fail) : sim_keys::node{};
  life_->links = bus::start({.self = self,
                             .name = name_,
                             .local_through_codec = true,
                             .mutants = place_.mutants.links,
                             .security = proof.security},
                            make_table(registry{}), place_.network.attach(self, proof.proved));
  node_ports ports{.clients = &place_.clients,
                   .texts = &life_->texts,
                   .cards = std::make_shared<virtual_card_reader>(place_.time, place_.time),
                   .launch = place_.launch != nullptr ? place_.launch : &life_->launch};
  if ((roles_ & node_role::worker) != 0) {
    auto how = model.engine;
    how.on_breach = [fail = place_.fail, name = name_](const std::string& what) {
      fail(name + ": " + what + " (property 2)");
    };
    const std::size_t host_tier_bytes = mix64(seed, 4) % 3 == 0 ? std::size_t{1} << 18U : 0;
    life_->engine = std::make_shared<engine::virtual_host>(
        std::make_unique<engine::sim_executor>(std::move(how)),
        engine::virtual_host_options{
            .host = {.pool_blocks = pool_blocks, .host_tier_bytes = host_tier_bytes},
            .mutants = place_.mutants.engine,
            .seed = seed,
            .copy_cost_max = 20ms,
            .check_invariants = true,
            .dies_of = dies_of(),
            .fails_import =
                [fails = store_fails()] {
                  return fails && fails(store_act::put);
                }},
        place_.time, place_.time);
    ports.engine = life_->engine;
    ports.card = model.card;
  }
  if (place_.records != nullptr && place_.faults != nullptr) {
    life_->store =
        std::make_shared<sim_store>(*place_.records, *place_.faults, place_.time, mix64(seed, 3));
    life_->store->begin();
    ports.store = life_->store;
  }
  node_plan plan{.roles = roles_,
                 .name = name_,
                 .seeds = seed_list::of_endpoints(place_.seeds),
                 .cluster_secret = sim_model::cluster_secret};
  plan.cache.capacity_bytes = std::size_t{1} << 18U;
  plan.cache.store_fails = store_fails();
  plan.cache.put_unchecked = place_.mutants.put_unchecked;
  if (place_.endless) {
    plan.gateway.request_timeout = duration::max();
  }
  plan.directory.mutants = place_.mutants.directory;
  plan.membership.mutants = place_.mutants.directory;
  plan.agent.obeys_older_epochs = place_.mutants.directory.obeys_older_epochs;
  plan.broken_router = place_.mutants.router;
  plan.broken_gateway = place_.mutants.gateway;
  plan.broken_worker = place_.mutants.worker;
  const world where{.time = place_.time,
                    .queue = place_.time,
                    .links = *life_->links,
                    .seed = seed,
                    .checked = true};
  life_->parts = std::make_unique<node_parts>(life_->system, where, plan, ports);
  life_->parts->announce(0, 0);
}

std::size_t sim_node::run() {
  if (life_ == nullptr || !life_->coordinator().has_job()) {
    return 0;
  }
  return life_->coordinator().run();
}

void sim_node::crash() {
  if (life_ == nullptr) {
    return;
  }
  life_->links->crash();
  if (life_->store != nullptr) {
    life_->store->crash();
  }
  place_.network.crash(id_);
  if (life_->engine != nullptr) {
    life_->engine->crash();
  }
  // CAF waits for all actors of a system: they must have ended before it is destroyed.
  life_->parts->end();
  life_->coordinator().run();
  life_.reset();
}

std::function<bool(const engine::step_plan&)> sim_node::dies_of() const {
  if (!place_.dies_of) {
    return {};
  }
  return [ask = place_.dies_of, name = name_](const engine::step_plan& plan) {
    return ask(name, plan);
  };
}

std::function<bool(store_act)> sim_node::store_fails() const {
  if (place_.faults == nullptr) {
    return {};
  }
  return [faults = place_.faults](store_act what) {
    return faults->fires(what == store_act::put ? fault::store_put : fault::store_get);
  };
}

void sim_node::want(const std::string& slot, const slot_config& what) {
  life_->parts->agent->post([=](node_core& core, context& cx) { core.want(slot, what, cx); });
}

void sim_node::ended(std::int64_t pid, const process_end& how) {
  life_->parts->agent->post([=](node_core& core, context& cx) { core.on_exit(pid, how, cx); });
}

request_id sim_node::request_of(client_id client) const {
  return {{place_.seed, client.value}};
}

void sim_node::submit(client_id client, std::shared_ptr<const prepared> what) {
  const auto request = request_of(client);
  life_->parts->gateway->post([=](gateway_core& core, context& cx) {
    core.submit({.client = client, .request = request, .what = what}, cx);
  });
}

void sim_node::client_gone(client_id client, std::function<void()> known) {
  life_->parts->gateway->post([client, known = std::move(known)](gateway_core& core, context& cx) {
    core.client_gone(client, cx);
    known();
  });
}

void sim_node::set_client_window(client_id client, bool open) {
  life_->parts->gateway->post(
      [=](gateway_core& core, context& cx) { core.set_client_window(client, open, cx); });
}

const node_ref& sim_node::self() const {
  return life_->links->self();
}

const membership_core& sim_node::membership() const {
  return *life_->parts->membership->core;
}

const directory_core* sim_node::directory() const {
  return life_->parts->directory ? life_->parts->directory->core.get() : nullptr;
}

const node_core* sim_node::agent() const {
  return life_->parts->agent ? life_->parts->agent->core.get() : nullptr;
}

const planner_core* sim_node::planner() const {
  return life_->parts->planner ? life_->parts->planner->core.get() : nullptr;
}

void sim_node::order(const sim_node& of) {
  const auto to = of.life_->parts->agent->ref;
  life_->parts->planner->post([to](planner_core& core, context& cx) {
    cx.out.request(to,
                   troupe::order{.epoch = core.epoch().number,
                                 .node = to.node.life,
                                 .slot = "simulated",
                                 .want = {.roles = "cache"},
                                 .leader = core.epoch().leader},
                   cx.now + 2s);
  });
}

std::uint64_t sim_node::replaced() const {
  return life_->parts->gateway->core->stats().replaced;
}

std::uint64_t sim_node::charged() const {
  return life_->parts->gateway->core->stats().charged;
}

bool sim_node::is_bus_idle() const {
  const auto now = life_->links->count();
  return now.waiting_messages == 0 && now.open_requests == 0 && now.unreturned_bytes == 0;
}

std::string sim_node::unquiet() const {
  const auto& parts = *life_->parts;
  if (parts.gateway && (parts.gateway->core->stream_count() > 0 || !parts.gateway->core->idle())) {
    return name_ + ": the gateway still has streams";
  }
  if (parts.cache && !parts.cache->core->is_quiet()) {
    return name_ + ": the cache shard still has transfers";
  }
  if (!parts.worker) {
    return {};
  }
  if (!parts.worker->core->is_quiet()) {
    return name_ + ": the worker still has streams, transfers or offers";
  }
  const auto& pool = life_->engine->loop().pool();
  const auto kept = pool.count(engine::slot_state::free) + pool.count(engine::slot_state::shared);
  if (!life_->engine->loop().is_idle() || kept != pool.slots() || pool.holders() != 0) {
    return name_ + ": the engine is busy; " + std::to_string(pool.slots() - kept)
           + " slots are neither free nor cached, " + std::to_string(pool.holders()) + " holds";
  }
  return {};
}

std::string sim_node::view_error(const sim_node& owner) const {
  const auto& router = *life_->parts->router->core;
  const auto& of = *owner.life_->parts;
  const auto ref = of.cache ? of.cache->ref : of.worker->ref;
  const auto* load = router.load_of(ref);
  if (load != nullptr && (load->decoding() > 0 || load->waiting_tokens() > 0)) {
    return name_ + " believes that idle " + owner.name_ + " decodes "
           + std::to_string(load->decoding()) + " sequences and has "
           + std::to_string(load->waiting_tokens()) + " prompt tokens to compute (property 4)";
  }
  const auto* view = router.view_of(ref);
  if (view == nullptr) {
    return name_ + " has no view of the pool of " + owner.name_;
  }
  const auto names =
      of.cache ? of.cache->core->store().names() : owner.life_->engine->loop().pool().names();
  auto missing = names.size();
  for (const auto& each : names) {
    missing -= view->has(each) ? 1U : 0U;
  }
  if (missing > 0 || view->size() != names.size()) {
    return name_ + " sees " + std::to_string(view->size()) + " blocks in the pool of " + owner.name_
           + " instead of " + std::to_string(names.size()) + "; " + std::to_string(missing)
           + " are missing (property 4)";
  }
  return {};
}

} // namespace troupe
