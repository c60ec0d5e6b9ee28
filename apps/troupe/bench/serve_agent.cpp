// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/assembly/node_parts.hpp"
#include "apps/troupe/bench/spawner.hpp"
#include "apps/troupe/node_process.hpp"
#include "messages/registry.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/timer_thread.hpp"
#include "runtime/bus/actor_system.hpp"
#include "runtime/bus/bus.hpp"
#include "runtime/bus/link_zmq.hpp"
#include "runtime/codec/type_entry.hpp"
#include "runtime/process/system.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <cstdio>
#include <optional>
#include <unistd.h>
#include <utility>

namespace troupe::bench {

namespace {

constexpr node_roles agent_roles = node_role::directory | node_role::agent;

struct actors_config : caf::actor_system_config {
  actors_config() { configure_actors(*this, 2); }
};

/// What all nodes of this process share.
struct place {
  actors_config config;
  caf::actor_system actors{config};
  timer_thread queue{machine_clock()};
};

/// A node without a process of its own: its bus and the actors of its roles.
class small_node {
public:
  small_node(place& where, node_plan plan, const node_ports& ports) : where_(where) {
    const auto life = process::random_u64();
    auto over = make_zmq_transport({.seed = life});
    if (!over) {
      return;
    }
    links_ = bus::start({.self = {node_id{hash64(as_bytes_view(plan.name))}, incarnation{life}},
                         .name = plan.name,
                         .cluster = spawn_cluster,
                         .limits = {.heartbeat = 40ms}},
                        make_table(registry{}), *std::move(over));
    links_->watch_pool(where.actors);
    const world around{
        .time = machine_clock(), .queue = where.queue, .links = *links_, .seed = life};
    parts_.emplace(where.actors, around, plan, ports);
    parts_->announce(0, 0);
  }

  /// As a process that is killed.
  void kill() {
    links_->crash();
    parts_->end();
    // They use what is about to go.
    caf::scoped_actor waiter(where_.actors);
    for (const auto& each :
         {parts_->admin->mailbox, parts_->cache->mailbox, parts_->membership->mailbox}) {
      waiter->wait_for(each);
    }
  }

  [[nodiscard]] bool is_up() const { return parts_.has_value(); }
  [[nodiscard]] std::string endpoint() const { return links_->endpoints().front(); }
  [[nodiscard]] const spawned<node_core>& agent() const { return *parts_->agent; }

private:
  place& where_;
  std::unique_ptr<bus> links_;
  std::optional<node_parts> parts_;
};

/// Starts what an agent's slots run as nodes of this process, as the simulation does.
class small_launcher final : public launcher {
public:
  explicit small_launcher(place& where) : where_(where) {}

  /// Before the first start.
  void serve(const small_node& agent) {
    seeds_ = {agent.endpoint()};
    agent_.emplace(agent.agent());
  }

  result<std::int64_t> start(const std::string& slot, const slot_config& what) override {
    const auto roles = parse_node_roles(what.roles);
    if (!roles || *roles != node_role::cache) {
      return error{.code = errc::unsupported, .text = "only the role cache is spawned here"};
    }
    const auto number = ++last_;
    auto node = std::make_shared<small_node>(
        where_,
        node_plan{
            .roles = *roles, .name = slot, .seeds = seed_list::of_endpoints(seeds_), .pid = number},
        node_ports{});
    if (!node->is_up()) {
      return error{.code = errc::io_failed, .text = "the node has no address to listen on"};
    }
    running_[number] = std::move(node);
    return number;
  }

  void stop(std::int64_t number) override { kill(number); }

  void kill(std::int64_t number) override {
    const auto found = running_.find(number);
    if (found == running_.end()) {
      return;
    }
    auto node = std::move(found->second);
    running_.erase(found);
    reaper_.at(machine_clock().now(), [this, number, node = std::move(node)] {
      node->kill();
      agent_->post(
          [number](node_core& core, context& cx) { core.on_exit(number, {.how = "killed"}, cx); });
    });
  }

private:
  place& where_;
  std::vector<std::string> seeds_;
  std::optional<spawned<node_core>> agent_;
  std::map<std::int64_t, std::shared_ptr<small_node>> running_;
  std::int64_t last_ = 0;
  timer_thread reaper_{machine_clock()}; ///< Its tasks wait for actors to end.
};

} // namespace

void serve_agent(const peer_process::child_side& up) {
  place where;
  small_launcher launch(where);
  const small_node agent(where, node_plan{.roles = agent_roles, .name = "agent"},
                         node_ports{.launch = &launch});
  if (!agent.is_up()) {
    return;
  }
  launch.serve(agent);
  up.ready(agent.endpoint());
  up.until_closed();
  ::_exit(0);
}

void serve_process_agent(const peer_process::child_side& up, const std::string& run_dir,
                         const std::map<std::string, std::string>& environment) {
  app_config config{.name = "process-agent", .cluster = spawn_cluster};
  config.bus_listen = "127.0.0.1:0";
  config.admin_port = 0;
  config.run_dir = run_dir;
  config.log_level = "warn";
  const auto agent = node_process::start(
      {.config = config, .roles = agent_roles, .environment = environment, .log = {}});
  if (!agent) {
    std::fprintf(stderr, "bench bus: %s\n", agent.err().text.c_str());
    return;
  }
  up.ready((*agent)->bus_endpoint());
  up.until_closed();
  ::_exit(0);
}

} // namespace troupe::bench
