// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/cluster_file.hpp"
#include "apps/troupe/commands.hpp"
#include "apps/troupe/table.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/http/client.hpp"
#include "runtime/json/read.hpp"
#include "runtime/json/write.hpp"
#include "runtime/process/child_processes.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/system.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <thread>

namespace troupe {

namespace {

constexpr duration ready_max = 60s;
constexpr duration end_max = 15s;

result<json::value> ask_status(unsigned admin_port) {
  const auto got =
      http::get("http://127.0.0.1:" + std::to_string(admin_port) + "/status", {.timeout = 5s});
  if (!got) {
    return got.err();
  }
  return json::parse(got->body);
}

std::string text_of(const json::value& from, std::string_view key) {
  const auto* found = from.find(key);
  if (found == nullptr) {
    return {};
  }
  if (const auto* number = found->as_integer()) {
    return *number == 0 ? "-" : std::to_string(*number);
  }
  return found->as_string() != nullptr ? *found->as_string() : std::string{};
}

std::vector<std::vector<std::string>> node_rows(const json::value& status) {
  std::vector<std::vector<std::string>> rows{
      {"NODE", "PID", "ROLES", "MODEL", "HTTP", "BUS", "STATE"}};
  const auto* nodes = status.find("nodes");
  for (const auto& node :
       nodes != nullptr && nodes->as_array() ? *nodes->as_array() : json::value::array{}) {
    std::string roles;
    std::string model;
    bool answered = true;
    const auto* services = node.find("services");
    for (const auto& one : services != nullptr && services->as_array() ? *services->as_array()
                                                                       : json::value::array{}) {
      roles += (roles.empty() ? "" : ",") + text_of(one, "role");
      model = model.empty() ? text_of(one, "model") : model;
      const auto* ok = one.find("answered");
      answered = answered && ok != nullptr && ok->as_bool() != nullptr && *ok->as_bool();
    }
    rows.push_back({text_of(node, "name"), text_of(node, "pid"), roles, model.empty() ? "-" : model,
                    text_of(node, "http_port"), text_of(node, "endpoint"),
                    answered ? "up" : "silent"});
  }
  std::sort(rows.begin() + 1, rows.end());
  return rows;
}

bool is_ready(const json::value& status, const cluster_file& file) {
  const auto rows = node_rows(status);
  const auto is_up = [&](const std::string& name) {
    return std::ranges::any_of(
        rows, [&](const auto& row) { return row.front() == name && row.back() == "up"; });
  };
  return std::ranges::all_of(file.slots,
                             [&](const cluster_slot& slot) { return is_up(slot.name); });
}

bool gateways_ready(const cluster_file& file) {
  return std::ranges::all_of(file.slots, [](const cluster_slot& slot) {
    if (slot.what.http_port == 0) {
      return true;
    }
    const auto got = http::get("http://127.0.0.1:" + std::to_string(slot.what.http_port) + "/ready",
                               {.timeout = 1s});
    return got && got->status == 200;
  });
}

result<json::value> wait_until_ready(const command_context& cx, const cluster_file& file) {
  const auto until = machine_clock().now() + ready_max;
  while (machine_clock().now() < until) {
    if (const auto agent = find_agent(cx)) {
      auto status = ask_status(agent->admin_port);
      if (status && is_ready(*status, file) && gateways_ready(file)) {
        return status;
      }
    }
    std::this_thread::sleep_for(20ms);
  }
  return error{.code = errc::timeout,
               .text = "the cluster was not ready within 60 s; its logs are in "
                       + run_directory_of(cx)};
}

void print_status(const command_context& cx, const json::value& status) {
  if (cx.wants_json()) {
    std::printf("%s\n", json::write(status).c_str());
  } else {
    std::fputs(format_table(node_rows(status)).c_str(), stdout);
  }
}

} // namespace

result<agent_file> find_agent(const command_context& cx) {
  const auto path = run_directory_of(cx) + "/agent.pid";
  const auto text = process::read_file(path, 1024);
  agent_file agent;
  if (text) {
    std::istringstream(*text) >> agent.pid >> agent.admin_port >> agent.bus_endpoint;
  }
  if (agent.pid <= 0 || ::kill(agent.pid, 0) != 0) {
    return error{.code = errc::peer_gone,
                 .text = "no cluster '" + cx.config.cluster + "' is running here (" + path
                         + "); start one with `troupe up CLUSTER.yaml`"};
  }
  return agent;
}

int run_up(command_context& cx) {
  const auto path = std::filesystem::absolute(cx.positionals.front()).string();
  const auto file = read_cluster_file(path);
  if (!file) {
    return report(file.err());
  }
  cx.config.cluster = file->name;
  const auto run_dir = run_directory_of(cx);
  if (auto made = process::make_private_directory(run_dir); !made) {
    return report(made.err());
  }
  process::child_processes starter;
  if (!find_agent(cx)) {
    std::vector<std::string> argv{process::executable_path(),
                                  "node",
                                  "--role",
                                  "agent,directory,planner",
                                  "--name",
                                  file->name + "-agent",
                                  "--cluster",
                                  file->name,
                                  "--run-dir",
                                  run_dir,
                                  "--cluster-file",
                                  path,
                                  "--listen",
                                  file->listen,
                                  "--admin-port",
                                  std::to_string(file->admin_port)};
    if (!cx.config.keys.empty()) {
      const auto keys = std::filesystem::absolute(cx.config.keys) / "nodes";
      argv.insert(argv.end(), {"--keys", (keys / (file->name + "-agent")).string()});
    }
    const auto started = starter.spawn({.argv = std::move(argv),
                                        .environment = cx.environment,
                                        .directory = {},
                                        .output = run_dir + "/agent.log",
                                        .dies_with_parent = false},
                                       [](process::child_exit) {});
    if (!started) {
      return report(started.err());
    }
  }
  const auto status = wait_until_ready(cx, *file);
  if (!status) {
    return report(status.err());
  }
  print_status(cx, *status);
  return 0;
}

int run_down(command_context& cx) {
  if (!cx.positionals.empty()) {
    const auto file = read_cluster_file(cx.positionals.front());
    if (!file) {
      return report(file.err());
    }
    cx.config.cluster = file->name;
  }
  const auto agent = find_agent(cx);
  if (!agent) {
    return report(agent.err());
  }
  ::kill(agent->pid, SIGTERM);
  const auto until = machine_clock().now() + end_max;
  while (::kill(agent->pid, 0) == 0) {
    if (machine_clock().now() > until) {
      ::kill(agent->pid, SIGKILL);
      return report({.code = errc::timeout, .text = "the agent had to be killed"});
    }
    std::this_thread::sleep_for(10ms);
  }
  std::fprintf(stderr, "cluster '%s' is down\n", cx.config.cluster.c_str());
  return 0;
}

int run_status(command_context& cx) {
  auto port = static_cast<unsigned>(cx.config.admin_port);
  if (const auto agent = find_agent(cx)) {
    port = agent->admin_port;
  }
  const auto status = ask_status(port);
  if (!status) {
    return report(status.err());
  }
  print_status(cx, *status);
  return 0;
}

int run_scale(command_context& cx) {
  auto port = static_cast<unsigned>(cx.config.admin_port);
  if (const auto agent = find_agent(cx)) {
    port = agent->admin_port;
  }
  const auto body = json::object_of({{"slot", cx.positionals.front()},
                                     {"run", cx.config.run == "on"},
                                     {"roles", cx.config.roles},
                                     {"model", cx.config.model}});
  const auto got = http::post("http://127.0.0.1:" + std::to_string(port) + "/scale",
                              json::write(body), {.timeout = 15s});
  if (!got) {
    return report(got.err());
  }
  std::fputs(got->body.c_str(), got->status == 200 ? stdout : stderr);
  return got->status == 200 ? 0 : 1;
}

} // namespace troupe
