// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/options.hpp"
#include "runtime/base/result.hpp"
#include "runtime/config/option_table.hpp"
#include "runtime/config/settings.hpp"

#include <map>
#include <string>
#include <vector>

namespace troupe {

/// What a command works on.
struct command_context {
  app_config config;
  const config::settings* settings = nullptr;
  const config::option_table* options = nullptr;
  std::map<std::string, std::string> environment;
  std::vector<std::string> positionals;

  [[nodiscard]] bool wants_json() const { return config.output == "json"; }
};

/// Each returns the exit code: 0 ok, 1 failed, 2 usage, 3 unreachable, 4 not ready.
int run_serve(command_context& cx);
int run_node(command_context& cx);
int run_up(command_context& cx);
int run_down(command_context& cx);
int run_status(command_context& cx);
int run_scale(command_context& cx);
int run_host_start(command_context& cx);
int run_host_stop(command_context& cx);
int run_chat(command_context& cx);
int run_shell(command_context& cx);
int run_sim(command_context& cx);
int run_bench_bus(command_context& cx);
int run_bench_engine(command_context& cx);
int run_bench_kv(command_context& cx);
int run_bench_load(command_context& cx);
int run_chaos_detect(command_context& cx);
int run_chaos_run(command_context& cx); ///< 5: void, too little load.
int run_chaos_proxy(command_context& cx);
int run_chaos_joins(command_context& cx);
int run_chaos_victim(command_context& cx);
int run_doctor(command_context& cx);
int run_keys_init(command_context& cx);
int run_keys_issue(command_context& cx);
int run_keys_revoke(command_context& cx);
int run_keys_rotate(command_context& cx);
int run_keys_show(command_context& cx);
int run_config_show(command_context& cx);
int run_config_check(command_context& cx);
int run_config_reference(command_context& cx);

/// Prints `why` on stderr as people read it, and returns its exit code.
int report(const error& why);

/// Where this cluster keeps its logs and process ids.
[[nodiscard]] std::string run_directory_of(const command_context& cx);

} // namespace troupe
