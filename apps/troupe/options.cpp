// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/options.hpp"

#include "cuda/rank_parts.hpp"
#include "runtime/config/option.hpp"

namespace troupe {

using namespace config; // The declarations below are all calls of it.

namespace {

void declare_process(option_table& table, app_config& c) {
  table.add(bound(choice("output", c.output, {"table", "json"},
                         "Print tables for people, or JSON for programs."),
                  c.output)
                .with_letter('o')
                .with_group("output"));
  table.add(bound(text("config", c.config_file,
                       "YAML file with settings; else ./troupe.yaml, the user's or /etc's."),
                  c.config_file)
                .with_flag("--config")
                .with_group("output"));
  table.add(bound(choice("log.level", c.log_level, {"debug", "info", "warn"},
                         "Least level that is logged."),
                  c.log_level)
                .with_flag("--log-level")
                .with_group("node"));
  table.add(
      bound(text("node.name", c.name, "Name of this node; empty: its role and process id."), c.name)
          .with_flag("--name"));
  table.add(bound(text("node.role", c.role,
                       "What this node does: gateway, router, worker, prefill, decode, cache, "
                       "planner, directory, agent, separated by commas."),
                  c.role)
                .with_flag("--role"));
  table.add(bound(list("node.join", c.join,
                       "HOST:PORT of directories to join, by name or address; one that answers "
                       "leads to all others. With keys HOST:PORT#KEY, which `troupe keys show` "
                       "prints there."),
                  c.join)
                .with_flag("--join"));
  table.add(bound(text("node.directory", c.directory,
                       "Where members are kept: embedded, in nodes with the directory role; or "
                       "redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], and then --join is not "
                       "needed."),
                  c.directory)
                .with_flag("--directory"));
  table.add(
      bound(text("node.listen", c.bus_listen,
                 "HOST:PORT the bus listens on; loopback only unless there are keys; port 0 is a "
                 "free one."),
            c.bus_listen)
          .with_flag("--listen"));
  table.add(bound(text("node.listen_bulk", c.bus_listen_bulk,
                       "HOST:PORT for attachments where there are keys; empty: a free port beside "
                       "the other."),
                  c.bus_listen_bulk)
                .with_flag("--listen-bulk"));
  table.add(bound(text("node.advertise", c.advertise,
                       "HOST that peers reach this node by; empty: the one it listens on."),
                  c.advertise)
                .with_flag("--advertise"));
  table.add(bound(integer("node.heartbeat_ms", c.heartbeat_ms, 5, 10'000,
                          "Between signs of life; a node is given up after about five of them."),
                  c.heartbeat_ms)
                .with_flag("--heartbeat-ms"));
  table.add(bound(text("node.cluster", c.cluster,
                       "Name of the cluster; other clusters' nodes are "
                       "refused."),
                  c.cluster)
                .with_flag("--cluster"));
  table.add(bound(text("node.keys", c.keys,
                       "Directory of this node's keys, or of the cluster's for `troupe keys`; "
                       "empty: none, so loopback only."),
                  c.keys)
                .with_flag("--keys"));
  table.add(bound(text("node.run_dir", c.run_dir,
                       "Directory of logs and process ids; empty: /tmp/troupe-<cluster>."),
                  c.run_dir)
                .with_flag("--run-dir"));
  table.add(bound(text("node.cluster_file", c.cluster_file,
                       "The agent keeps the nodes of this cluster file running."),
                  c.cluster_file)
                .with_flag("--cluster-file"));
}

void declare_engine(option_table& table, app_config& c) {
  table.add(bound(text("engine.model", c.model,
                       "Model directory, or sim:fast and the like for the simulated engine."),
                  c.model)
                .with_flag("--model"));
  table.add(bound(text("engine.tokenizer", c.tokenizer,
                       "Directory whose tokenizer and template a simulated engine uses."),
                  c.tokenizer)
                .with_flag("--tokenizer"));
  table.add(bound(integer("engine.threads", c.threads, 1, 256, "Threads that compute."), c.threads)
                .with_flag("--threads"));
  table.add(bound(integer("engine.kv_bytes", c.kv_bytes, 1 << 20, std::int64_t{1} << 42,
                          "Memory of the KV block pool."),
                  c.kv_bytes)
                .with_flag("--kv-bytes"));
  table.add(bound(integer("engine.host_kv_bytes", c.host_kv_bytes, 0, std::int64_t{1} << 42,
                          "Memory of the host that keeps copies of a device's blocks; 0: none."),
                  c.host_kv_bytes)
                .with_flag("--host-kv-bytes"));
  table.add(
      bound(choice("engine.kv_dtype", c.kv_dtype, {"auto", "bf16", "fp8"},
                   "What keys and values are kept as on a device; auto: bf16. fp8 (e4m3) takes "
                   "half the memory and is less exact."),
            c.kv_dtype)
          .with_flag("--kv-dtype"));
  table.add(bound(integer("engine.step_tokens_max", c.step_tokens_max, 16, 65'536,
                          "Tokens computed in one step: the chunk of a prefill."),
                  c.step_tokens_max)
                .with_flag("--step-tokens-max"));
  table.add(bound(integer("engine.sequences_max", c.sequences_max, 1, 65'536,
                          "Sequences at once in any state; more are refused."),
                  c.sequences_max)
                .with_flag("--sequences-max"));
  table.add(bound(integer("engine.fault_poison_seed",
                          static_cast<std::int64_t>(c.fault_poison_seed), 0, std::int64_t{1} << 62,
                          "For tests only: a step that computes a request with this seed kills the "
                          "process. 0: none does."),
                  c.fault_poison_seed)
                .with_flag("--fault-poison-seed"));
  table.add(bound(boolean("engine.weights_f32", c.weights_f32,
                          "Widen weights to fp32 at load: twice the memory, and nothing is "
                          "rounded to bf16."),
                  c.weights_f32)
                .with_flag("--weights-f32"));
  table.add(bound(choice("engine.quantize", c.quantize, {"none", "q8_0", "q4_0"},
                         "Round weights to blocks of 8 or 4 bits at load: less memory, faster."),
                  c.quantize)
                .with_flag("--quantize"));
  table.add(bound(text("engine.packed_cache", c.packed_cache,
                       "Directory for packed copies of weights, which the next load maps; auto: "
                       ".troupe beside the model, else the user's cache; off: none."),
                  c.packed_cache)
                .with_flag("--packed-cache"));
  table.add(bound(choice("engine.device", c.device, {"cpu", "cuda"},
                         "What computes. cuda is refused where there is no usable device, and for "
                         "models whose layers the device's decoder does not have yet."),
                  c.device)
                .with_flag("--device"));
  table.add(
      bound(integer("engine.tensor_parallel", c.tensor_parallel, 1, cuda::ranks_max,
                    "Devices of --device cuda that share a model, each with some of its heads "
                    "and columns."),
            c.tensor_parallel)
          .with_flag("--tensor-parallel"));
  table.add(bound(boolean("engine.expert_parallel", c.expert_parallel,
                          "Give each expert whole to one of the devices of --tensor-parallel, "
                          "instead of some of its columns to each."),
                  c.expert_parallel)
                .with_flag("--expert-parallel"));
  table.add(bound(text("engine.cuda_library", c.cuda_library,
                       "The libtroupe_cuda.so to load; empty: the one beside this program."),
                  c.cuda_library)
                .with_flag("--cuda-library"));
  table.add(bound(integer("cache.bytes", c.cache_bytes, 1 << 20, std::int64_t{1} << 42,
                          "Memory of a cache shard."),
                  c.cache_bytes)
                .with_flag("--cache-bytes"));
}

void declare_http(option_table& table, app_config& c) {
  table.add(
      bound(text("http.address", c.http_address, "Address the gateway listens on."), c.http_address)
          .with_flag("--http-address"));
  table.add(
      bound(integer("http.port", c.http_port, 0, 65'535, "Port of the gateway; 0: a free one."),
            c.http_port)
          .with_flag("--http-port"));
  table.add(bound(integer("http.body_bytes_max", c.http_body_bytes_max, 1024, 1 << 30,
                          "Longest request body; more is refused with 413."),
                  c.http_body_bytes_max)
                .with_flag("--http-body-bytes-max"));
  table.add(bound(list("http.api_keys", c.api_keys, "Keys that clients must present; none: open."),
                  c.api_keys)
                .with_flag("--api-key"));
  table.add(bound(choice("http.prefill", c.prefill, {"auto", "remote", "local"},
                         "Where prompts are computed: as the router thinks best, always on another "
                         "worker, or where they are decoded."),
                  c.prefill)
                .with_flag("--prefill"));
  table.add(bound(boolean("http.forced_placement", c.forced_placement,
                          "Requests may name their workers in `troupe`; for tests."),
                  c.forced_placement)
                .with_flag("--forced-placement"));
  table.add(
      bound(integer("http.drain_ms", c.http_drain_ms, 0, 60'000,
                    "Told to end, a gateway says so at /ready and goes on serving for so long, "
                    "for balancers to turn away."),
            c.http_drain_ms)
          .with_flag("--drain-ms"));
  table.add(bound(integer("admin.port", c.admin_port, 0, 65'535,
                          "Loopback port of metrics and status; 0: a free one."),
                  c.admin_port)
                .with_flag("--admin-port")
                .with_group("http"));
}

void declare_tools(option_table& table, app_config& c) {
  table.add(bound(text("chat.url", c.url, "Base URL of the gateway."), c.url).with_flag("--url"));
  table.add(bound(text("chat.prompt", c.prompt, "Ask this one question, print the answer, end."),
                  c.prompt)
                .with_flag("--prompt"));
  table.add(bound(integer("chat.max_tokens", c.max_tokens, 0, 1'000'000,
                          "Longest answer; 0: what the context leaves."),
                  c.max_tokens)
                .with_flag("--max-tokens"));
  table.add(
      bound(text("scale.roles", c.roles, "Roles of a new slot."), c.roles).with_flag("--roles"));
  table.add(bound(choice("scale.run", c.run, {"on", "off"}, "Whether the slot shall run."), c.run)
                .with_flag("--run"));
  table.add(bound(text("hosts.ssh", c.ssh,
                       "Program that reaches other hosts as ssh does; found by PATH."),
                  c.ssh)
                .with_flag("--ssh"));
  table.add(bound(boolean("hosts.dry_run", c.dry_run,
                          "Print what `up` would run here and on other hosts, and run nothing."),
                  c.dry_run)
                .with_flag("--dry-run")
                .flag_only());
  table.add(bound(text("shell.connect", c.connect,
                       "HOST:PORT of a node of the cluster that has the directory; empty: the "
                       "cluster that runs here, else 127.0.0.1:7700."),
                  c.connect)
                .with_flag("--connect"));
  table.add(bound(text("shell.command", c.command, "Run this one command and end."), c.command)
                .with_flag("--command")
                .with_letter('c'));
  table.add(bound(boolean("shell.write", c.write,
                          "Commands may change the cluster; without it they say what they would "
                          "do."),
                  c.write)
                .with_flag("--write"));
  table.add(bound(boolean("shell.chaos", c.chaos,
                          "With --write: commands may harm on purpose (delay, drop, crash)."),
                  c.chaos)
                .with_flag("--chaos"));
  table.add(bound(boolean("shell.yes", c.yes, "Do what a command plans without asking."), c.yes)
                .with_flag("--yes"));
  table.add(
      bound(integer("keys.days", c.key_days, 1, 3650, "Days until an issued certificate expires."),
            c.key_days)
          .with_flag("--days"));
  table.add(bound(integer("sim.seeds", c.seeds, 1, 10'000'000, "Seeds to run."), c.seeds)
                .with_flag("--seeds"));
  table.add(bound(integer("sim.first_seed", static_cast<std::int64_t>(c.first_seed), 0,
                          std::int64_t{1} << 62, "The first of them."),
                  c.first_seed)
                .with_flag("--seed"));
  table.add(
      bound(choice("sim.scene", c.sim_scene, {"serving", "directories", "bus", "crowd", "poison"},
                   "A cluster under load, several directories under partitions, talk between "
                   "actors under every fault, very many nodes that lose a tenth, or requests "
                   "that kill workers."),
            c.sim_scene)
          .with_flag("--scene"));
  table.add(bound(integer("sim.requests", c.sim_requests, 1, 100'000, "Requests of each seed."),
                  c.sim_requests)
                .with_flag("--requests"));
  table.add(
      bound(boolean("sim.faults", c.sim_faults, "One random fault in each seed."), c.sim_faults)
          .with_flag("--faults"));
  table.add(
      bound(text("sim.fault_kinds", c.sim_fault_kinds,
                 "Faults of the scene bus, and of stores in serving: all, none, or names with "
                 "commas."),
            c.sim_fault_kinds)
          .with_flag("--fault-kinds"));
  table.add(
      bound(integer("sim.nodes", c.sim_nodes, 10, 2000, "Nodes of the scene crowd."), c.sim_nodes)
          .with_flag("--nodes"));
  table.add(bound(boolean("sim.twice", c.sim_twice,
                          "Run each seed twice, to see that it takes the same course."),
                  c.sim_twice)
                .with_flag("--twice"));
  table.add(
      bound(text("sim.mutant", c.mutant, "Break one rule on purpose; see docs/invariants.md."),
            c.mutant)
          .with_flag("--mutant"));
  table.add(bound(choice("bench.transport", c.bench_transport, {"tcp", "ipc"},
                         "How the two processes of bench bus are linked."),
                  c.bench_transport)
                .with_flag("--transport"));
  table.add(bound(integer("bench.rounds", c.bench_rounds, 1, 1000,
                          "Rounds; in each every contender runs once. Medians are shown."),
                  c.bench_rounds)
                .with_flag("--rounds"));
  table.add(bound(text("bench.shape", c.bench_shape,
                       "Model to measure: llama-1b, llama-8b or tiny (random weights), or a "
                       "directory or GGUF file."),
                  c.bench_shape)
                .with_flag("--shape"));
  table.add(
      bound(choice("bench.dtype", c.bench_dtype,
                   {"bf16", "q8_0", "q4_0", "q4_k", "q6_k", "fp8", "awq"}, "Weights of a shape."),
            c.bench_dtype)
          .with_flag("--dtype"));
  table.add(
      bound(text("bench.dir", c.bench_dir, "Where the files of shapes are kept."), c.bench_dir)
          .with_flag("--bench-dir"));
  table.add(bound(text("bench.peer", c.bench_peer,
                       "Path of llama.cpp's llama-bench, to run the same work in every round."),
                  c.bench_peer)
                .with_flag("--peer"));
  table.add(
      bound(choice("chaos.mode", c.chaos_mode, {"kill", "stop", "deadlock", "pauses"},
                   "What is done to the victim; pauses: short ones, which nobody may notice."),
            c.chaos_mode)
          .with_flag("--mode"));
  table.add(bound(integer("chaos.trials", c.trials, 1, 1'000'000, "Victims, one after the other."),
                  c.trials)
                .with_flag("--trials"));
  table.add(bound(integer("chaos.seconds", c.chaos_seconds, 1, 86'400,
                          "Duration of mode pauses, of chaos run, and of a proxy's faults."),
                  c.chaos_seconds)
                .with_flag("--seconds"));
  table.add(bound(list("chaos.faults", c.wire_faults,
                       "Of delay, half_open, reset, flip, duplicate, reorder, clog; none: all."),
                  c.wire_faults)
                .with_flag("--fault"));
  table.add(bound(integer("chaos.every_bytes", static_cast<std::int64_t>(c.fault_every_bytes), 1,
                          std::int64_t{1} << 40, "Between two faults of a stream, on average."),
                  c.fault_every_bytes)
                .with_flag("--every-bytes"));
  table.add(bound(integer("chaos.pause_max_ms", c.pause_max_ms, 1, 600'000,
                          "Longest stop of a process, delay or clog of a stream."),
                  c.pause_max_ms)
                .with_flag("--pause-max-ms"));
  table.add(bound(list("chaos.harms", c.harms, "Of kill, stop, terminate; none: all."), c.harms)
                .with_flag("--harm"));
  table.add(bound(integer("chaos.every_ms", c.harm_every_ms, 1, 3'600'000,
                          "Between two acts of chaos run, on average."),
                  c.harm_every_ms)
                .with_flag("--every-ms"));
  table.add(bound(real("chaos.load_min", c.load_min, 0, 1e9,
                       "Requests a second below which chaos run is void."),
                  c.load_min)
                .with_flag("--load-min"));
  table.add(bound(integer("joins.at_once", c.at_once, 1, 1000, "Guests at a time."), c.at_once)
                .with_flag("--at-once"));
  table.add(
      bound(integer("joins.hold_ms", c.hold_ms, 0, 3'600'000, "How long a guest stays."), c.hold_ms)
          .with_flag("--hold-ms"));
  table.add(bound(integer("joins.services", c.guest_services, 0, 64,
                          "Actors of a guest that all of the cluster hear of."),
                  c.guest_services)
                .with_flag("--services"));
}

} // namespace

void declare_options(option_table& table, app_config& into) {
  declare_process(table, into);
  declare_engine(table, into);
  declare_http(table, into);
  declare_tools(table, into);
}

} // namespace troupe
