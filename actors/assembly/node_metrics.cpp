// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/assembly/node_metrics.hpp"

#include "runtime/observe/metrics.hpp"

#include <utility>

namespace troupe {

namespace {

using observe::labels;

/// Metrics of one process: all with its name.
class node_series {
public:
  explicit node_series(std::string node) : node_(std::move(node)) {}

  template <class Number>
  void count(const std::string& name, const std::string& help, Number value, labels of = {}) {
    all_.counter_of(name, help, with_node(std::move(of))).add(static_cast<double>(value));
  }
  template <class Number>
  void measure(const std::string& name, const std::string& help, Number value, labels of = {}) {
    all_.gauge_of(name, help, with_node(std::move(of))).set(static_cast<double>(value));
  }
  void spread(const std::string& name, const std::string& help, const distribution& of) {
    all_.histogram_of(name, help, of.bounds(), with_node({})).add(of.counts(), of.sum());
  }
  [[nodiscard]] std::string text() { return all_.text(); }

private:
  [[nodiscard]] labels with_node(labels of) const {
    of.emplace("node", node_);
    return of;
  }

  std::string node_;
  observe::metrics all_;
};

void add_gateway(node_series& to, const gateway_stats& of) {
  const auto ended = [&](const char* outcome, std::uint64_t value) {
    to.count("troupe_gateway_requests_total", "Requests that have ended, by outcome.", value,
             {{"outcome", outcome}});
  };
  ended("completed", of.completed);
  ended("failed", of.failed);
  ended("abandoned", of.abandoned);
  to.measure("troupe_gateway_open_requests", "Requests in service.", of.requests);
  to.measure("troupe_gateway_open_streams", "Choices of the requests in service.", of.streams);
  to.spread("troupe_gateway_time_to_first_token_seconds",
            "From submission to the first token of each choice.", of.first_token_s);
  to.spread("troupe_gateway_time_per_output_token_seconds",
            "Mean time between the tokens of each choice.", of.token_s);
  to.spread("troupe_gateway_request_duration_seconds", "Duration of completed requests.",
            of.request_s);
  to.count("troupe_gateway_prompt_tokens_total", "Prompt tokens of accepted requests.",
           of.prompt_tokens);
  to.count("troupe_gateway_cached_tokens_total",
           "Prompt tokens of ended choices that came from cached blocks.", of.cached_tokens);
  to.count("troupe_gateway_completion_tokens_total", "Answer tokens accepted from workers.",
           of.accepted_tokens);
  to.count("troupe_gateway_suspected_total",
           "Requests named by the death of a worker, once for each death.", of.suspected);
  to.count("troupe_gateway_quarantined_total",
           "Requests that ended as killers of workers, and equal ones refused.", of.quarantined);
  to.count("troupe_gateway_condemned_elsewhere_total",
           "Killers of workers that other gateways told of.", of.condemned_elsewhere);
  to.count("troupe_gateway_replacements_total", "Attempts after the first of a choice.",
           of.replaced);
}

void add_router(node_series& to, const router_stats& of) {
  to.count("troupe_router_placements_total", "Attempts placed on workers.", of.placements);
  to.count("troupe_router_refusals_total", "Attempts refused.", of.refusals);
  to.measure("troupe_router_known_workers", "Workers it can reach.", of.workers);
  to.measure("troupe_router_index_blocks", "Blocks known, once per pool that holds them.",
             of.index_blocks);
}

void add_transfers(node_series& to, const std::string& component, const transfer_counts& in,
                   const transfer_counts& out) {
  const auto add = [&](const char* direction, const transfer_counts& of) {
    to.count("troupe_" + component + "_transfers_total", "Transfers of blocks that have begun.",
             of.transfers, {{"direction", direction}});
    to.count("troupe_" + component + "_transfer_bytes_total", "Bytes of transferred blocks.",
             of.bytes, {{"direction", direction}});
  };
  add("in", in);
  add("out", out);
}

void add_worker(node_series& to, const worker_stats& of) {
  const auto& engine = of.engine;
  to.measure("troupe_worker_running_sequences", "Sequences in the batch.", engine.running);
  to.measure("troupe_worker_waiting_sequences", "Sequences that wait for blocks or prefill.",
             of.waiting);
  const auto pool = [&](const char* state, std::uint32_t blocks) {
    to.measure("troupe_worker_pool_blocks", "Slots of the block pool, by state.", blocks,
               {{"state", state}});
  };
  const auto used = engine.owned_blocks + engine.shared_blocks + engine.limbo_blocks;
  pool("free", engine.total_blocks - used);
  pool("owned", engine.owned_blocks);
  pool("shared", engine.shared_blocks);
  pool("limbo", engine.limbo_blocks);
  to.measure("troupe_worker_available_blocks", "Slots that are free or can be evicted.",
             engine.free_blocks);
  to.measure("troupe_worker_host_blocks", "Blocks that the host's memory keeps for a device.",
             engine.host_blocks);
  to.count("troupe_worker_host_hits_total", "Blocks that came back from there.", engine.host_hits);
  to.count("troupe_worker_steps_total", "Steps of the engine.", engine.step);
  to.count("troupe_worker_step_seconds_total", "Time spent in steps.", engine.step_seconds);
  to.count("troupe_worker_prefill_tokens_total", "Prompt tokens run through the model.",
           engine.prefill_tokens);
  to.count("troupe_worker_decode_tokens_total", "Answer tokens run through the model.",
           engine.decode_tokens);
  add_transfers(to, "worker", of.in, of.out);
}

void add_cache(node_series& to, const cache_shard_stats& of) {
  to.measure("troupe_cache_blocks", "Blocks kept.", of.blocks);
  to.measure("troupe_cache_used_bytes", "Bytes of the blocks kept.", of.used_bytes);
  to.measure("troupe_cache_capacity_bytes", "Bytes it may keep.", of.capacity_bytes);
  to.count("troupe_cache_hits_total", "Blocks asked for and given.", of.hits);
  to.count("troupe_cache_misses_total", "Blocks asked for that were not there.", of.misses);
  add_transfers(to, "cache", of.in, of.out);
}

void add_bus(node_series& to, const bus::counters& of) {
  const auto add = [&](const char* direction, std::uint64_t messages, std::uint64_t frames) {
    to.count("troupe_bus_messages_total", "Messages from and to other processes.", messages,
             {{"direction", direction}});
    to.count("troupe_bus_frames_total", "Frames from and to other processes.", frames,
             {{"direction", direction}});
  };
  add("in", of.messages_in, of.frames_in);
  add("out", of.messages_out, of.frames_out);
  to.count("troupe_bus_dropped_messages_total",
           "Messages to nobody, late answers, and those that could not be read.", of.dropped);
  const auto refused = [&](const char* what, std::uint64_t value) {
    to.count("troupe_bus_refused_total",
             "What was refused where links are authenticated: peers without a certificate that "
             "holds, messages that their sender's roles may not send, forged frames.",
             value, {{"what", what}});
  };
  refused("peers", of.refused.peers);
  refused("messages", of.refused.messages);
  refused("frames", of.refused.frames);
  to.measure("troupe_bus_sessions", "Processes it is linked to.", of.sessions);
  to.measure("troupe_bus_waiting_messages", "Messages that wait for a peer.", of.waiting_messages);
  to.measure("troupe_bus_open_requests", "Requests without an answer yet.", of.open_requests);
}

void add_membership(node_series& to, const membership_stats& of) {
  to.measure("troupe_membership_known_nodes", "Nodes it knows, itself among them.", of.members);
  to.measure("troupe_membership_directories", "Directories it is linked to.", of.directories);
  to.measure("troupe_membership_epoch", "Number of the highest epoch of leadership it has seen.",
             of.epoch);
}

void add_directory(node_series& to, const directory_stats& of) {
  to.measure("troupe_directory_members", "Nodes that hold a lease.", of.members);
  to.measure("troupe_directory_watchers", "Processes that are told of changes.", of.watchers);
  to.measure("troupe_directory_epoch", "Number of the highest epoch of leadership it has seen.",
             of.epoch);
  to.measure("troupe_directory_leads", "1 while this directory leads.", of.leads ? 1 : 0);
  to.count("troupe_directory_epochs_begun_total", "Epochs in which it led.", of.epochs_begun);
  to.count("troupe_directory_expired_leases_total", "Members removed since they were silent.",
           of.leases_expired);
  to.count("troupe_directory_services_refused_total",
           "Joins that offered what the certificate does not allow.", of.services_refused);
}

void add_store(node_series& to, const redis::record_board::counters& of) {
  to.measure("troupe_store_up", "1 while the store of the directory answers.", of.up ? 1 : 0);
  to.count("troupe_store_rounds_total", "Complete rounds of writing and reading.", of.rounds);
  to.count("troupe_store_failures_total", "Rounds and connections that failed.", of.failures);
  to.count("troupe_store_rejected_total", "Names, records and keys that cannot be what they say.",
           of.rejected);
}

void add_slots(node_series& to, const std::map<std::string, slot_stats>& of) {
  for (const auto& [slot, is] : of) {
    to.measure("troupe_node_slot_running", "1 while the slot's process runs.", is.running ? 1 : 0,
               {{"slot", slot}});
    to.measure("troupe_node_slot_gave_up", "1 while the slot died too often to be started again.",
               is.gave_up ? 1 : 0, {{"slot", slot}});
    to.count("troupe_node_restarts_total", "Processes of the slot that ended unasked.", is.restarts,
             {{"slot", slot}});
  }
}

} // namespace

std::string metrics_text(const node_stats& of) {
  node_series all(of.node);
  all.measure("troupe_process_resident_bytes", "Resident memory of the process.",
              of.resident_bytes);
  add_bus(all, of.links);
  if (of.membership) {
    add_membership(all, *of.membership);
  }
  if (of.directory) {
    add_directory(all, *of.directory);
  }
  if (of.store) {
    add_store(all, *of.store);
  }
  if (of.gateway) {
    add_gateway(all, *of.gateway);
  }
  if (of.router) {
    add_router(all, *of.router);
  }
  if (of.worker) {
    add_worker(all, *of.worker);
  }
  if (of.cache) {
    add_cache(all, *of.cache);
  }
  if (of.slots) {
    add_slots(all, *of.slots);
  }
  return all.text();
}

} // namespace troupe
