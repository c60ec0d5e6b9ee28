// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/agent_process.hpp"
#include "apps/troupe/commands.hpp"
#include "apps/troupe/node_process.hpp"
#include "runtime/observe/log_writers.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/signals.hpp"
#include "runtime/process/system.hpp"

#include <csignal>
#include <cstdio>
#include <unistd.h>

namespace troupe {

namespace {

struct node_log {
  observe::logger log;
  std::shared_ptr<observe::log_tail> tail;
};

node_log make_log(const app_config& config) {
  const auto least = config.log_level == "debug"  ? observe::level::debug
                     : config.log_level == "warn" ? observe::level::warn
                                                  : observe::level::info;
  auto tail = std::make_shared<observe::log_tail>(observe::stderr_writer());
  return {{tail, {.least = least, .wall_now = process::wall_now}}, tail};
}

result<process::signal_set> hold_ends() {
  return process::signal_set::block({SIGINT, SIGTERM});
}

void wait_for_end(const process::signal_set& ends) {
  while (!ends.wait(std::chrono::hours(24))) {
  }
}

} // namespace

int run_serve(command_context& cx) {
  const auto ends = hold_ends();
  if (!ends) {
    return report(ends.err());
  }
  const auto begin = machine_clock().now();
  cx.config.model = cx.positionals.front();
  const auto log = make_log(cx.config);
  auto node = node_process::start({.config = cx.config,
                                   .roles = node_role::all,
                                   .environment = cx.environment,
                                   .log = log.log,
                                   .log_tail = log.tail,
                                   .standalone = true});
  if (!node) {
    return report(node.err());
  }
  while ((*node)->texts().current()->empty()) {
    if (ends->wait(1ms)) {
      return 0;
    }
  }
  const std::chrono::duration<double> took = machine_clock().now() - begin;
  const auto base = "http://" + cx.config.http_address + ":" + std::to_string((*node)->http_port());
  std::fprintf(stderr, "ready in %.2f s: %s (OpenAI API), metrics and status on port %u\n",
               took.count(), base.c_str(), (*node)->admin_port());
  if (cx.wants_json()) {
    std::printf("{\"event\":\"ready\",\"url\":\"%s\",\"admin_port\":%u,\"ready_s\":%.3f}\n",
                base.c_str(), (*node)->admin_port(), took.count());
    std::fflush(stdout);
  }
  wait_for_end(*ends);
  return 0;
}

int run_node(command_context& cx) {
  const auto ends = hold_ends();
  if (!ends) {
    return report(ends.err());
  }
  const auto roles = parse_node_roles(cx.config.role);
  if (!roles) {
    return report(roles.err());
  }
  if ((*roles & node_role::directory) == 0 && cx.config.join.empty()
      && cx.config.directory == "embedded") {
    return report({.code = errc::invalid_value,
                   .text =
                       "a node without the directory role needs --join HOST:PORT[,HOST:PORT...] "
                       "of one, or --directory redis://HOST:PORT",
                   .field = "join"});
  }
  if ((*roles & node_role::worker) != 0 && cx.config.model.empty()) {
    return report({.code = errc::invalid_value,
                   .text = "a worker needs --model DIRECTORY",
                   .field = "model"});
  }
  cx.config.run_dir = run_directory_of(cx);
  if (auto made = process::make_private_directory(cx.config.run_dir); !made) {
    return report(made.err());
  }
  if (auto raised = process::raise_descriptor_limit(); !raised) {
    return report(raised.err());
  }
  const bool is_agent = (*roles & node_role::agent) != 0;
  result<process::descriptor> held = process::descriptor{};
  if (is_agent) {
    held = hold_run_directory(cx.config.run_dir);
    if (!held) {
      return report(held.err());
    }
  }
  const auto log = make_log(cx.config);
  auto node = node_process::start({.config = cx.config,
                                   .roles = *roles,
                                   .environment = cx.environment,
                                   .log = log.log,
                                   .log_tail = log.tail});
  if (!node) {
    return report(node.err());
  }
  if (is_agent) {
    const auto written =
        write_agent_file(cx.config.run_dir, {.pid = ::getpid(),
                                             .admin_port = (*node)->admin_port(),
                                             .bus_endpoint = (*node)->bus_endpoint(),
                                             .name = (*node)->name()});
    if (!written) {
      return report(written.err());
    }
  }
  wait_for_end(*ends);
  if (is_agent) {
    remove_agent_file(cx.config.run_dir);
  }
  return 0;
}

} // namespace troupe
