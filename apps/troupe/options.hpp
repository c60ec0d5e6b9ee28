// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/config/command_line.hpp"
#include "runtime/config/option_table.hpp"
#include "runtime/config/settings.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

/// Everything a user may set, with its default. The option table below binds each field once;
/// flags, TROUPE_* variables, YAML, help and the reference file follow from that.
struct app_config {
  std::string output = "table";
  std::string config_file;

  std::string name;
  std::string cluster = "troupe";
  std::string role = "all";
  std::vector<std::string> join;
  std::string directory = "embedded";
  std::string bus_listen = "127.0.0.1:7700";
  std::uint32_t heartbeat_ms = 40;
  std::string run_dir;
  std::string cluster_file;
  std::string keys;
  std::string bus_listen_bulk;
  std::string advertise;
  std::uint32_t key_days = 365;

  std::string model;
  std::string tokenizer = "models/tiny";
  std::uint32_t threads = 1;
  std::int64_t kv_bytes = std::int64_t{64} << 20U;
  std::int64_t host_kv_bytes = 0;
  std::string kv_dtype = "auto";
  std::uint32_t step_tokens_max = 512;
  std::uint32_t sequences_max = 256;
  std::uint64_t fault_poison_seed = 0;
  bool weights_f32 = false;
  std::string quantize = "none";
  std::string packed_cache = "auto";
  std::string device = "cpu";
  std::int32_t tensor_parallel = 1;
  bool expert_parallel = false;
  std::string cuda_library;

  std::string http_address = "127.0.0.1";
  std::uint16_t http_port = 8000;
  std::int64_t http_body_bytes_max = std::int64_t{8} << 20U;
  std::vector<std::string> api_keys;
  std::string prefill = "auto";
  bool forced_placement = false;
  std::uint32_t http_drain_ms = 0;
  std::uint16_t admin_port = 7780;

  std::int64_t cache_bytes = std::int64_t{256} << 20U;
  std::string log_level = "info";

  std::string url = "http://127.0.0.1:8000";
  std::string prompt;
  std::uint32_t max_tokens = 0;
  std::string roles;
  std::string run = "on";
  std::string ssh = "ssh";
  bool dry_run = false;

  std::string connect;
  std::string command;
  bool write = false;
  bool chaos = false;
  bool yes = false;

  std::uint32_t seeds = 100;
  std::uint64_t first_seed = 1;
  std::string sim_scene = "serving";
  std::uint32_t sim_requests = 200;
  bool sim_faults = true;
  std::string sim_fault_kinds = "all";
  std::uint32_t sim_nodes = 1000;
  bool sim_twice = true;
  std::string mutant;

  std::string bench_transport = "tcp";
  std::uint32_t bench_rounds = 5;
  std::string bench_shape = "llama-1b";
  std::string bench_dtype = "q8_0";
  std::string bench_dir = "/tmp/troupe-bench";
  std::string bench_peer;

  std::string chaos_mode = "kill";
  std::uint32_t trials = 20;
  std::uint32_t chaos_seconds = 30;
  std::vector<std::string> wire_faults;
  std::uint64_t fault_every_bytes = 65'536;
  std::uint32_t pause_max_ms = 500;
  std::vector<std::string> harms;
  std::uint32_t harm_every_ms = 2000;
  double load_min = 1;
  std::uint32_t at_once = 8;
  std::uint32_t hold_ms = 0;
  std::uint32_t guest_services = 1;
};

/// Declares the options of `into`, which outlives the table.
void declare_options(config::option_table& table, app_config& into);

/// Declares the commands of the program.
void declare_commands(config::command_line& line);

} // namespace troupe
