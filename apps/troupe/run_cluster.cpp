// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/agent_process.hpp"
#include "apps/troupe/cluster_status.hpp"
#include "apps/troupe/commands.hpp"
#include "apps/troupe/hosts/other_hosts.hpp"
#include "apps/troupe/table.hpp"
#include "runtime/http/client.hpp"
#include "runtime/json/write.hpp"
#include "runtime/process/system.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>

namespace troupe {

namespace {

constexpr duration ready_max = 60s;
constexpr duration quiet_max = 3s; ///< What lasts longer is told of.
constexpr int unreachable = 3;

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

std::string in_words(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& one : names) {
    out += (out.empty() ? "" : ", ") + one;
  }
  return out;
}

result<json::value> wait_until_ready(const command_context& cx, const cluster_file& file) {
  const auto begin = machine_clock().now();
  auto next_word = begin + quiet_max;
  std::string missing = "the agent";
  while (machine_clock().now() < begin + ready_max) {
    if (const auto agent = find_agent(cx)) {
      auto status = ask_status(agent->admin_port);
      if (status) {
        const auto names = missing_nodes(*status, file);
        if (names.empty() && gateways_ready(file)) {
          return status;
        }
        missing = names.empty() ? "gateways that are ready" : in_words(names);
      }
    }
    if (machine_clock().now() > next_word) {
      std::fprintf(stderr, "waiting for %s\n", missing.c_str());
      next_word += quiet_max;
    }
    std::this_thread::sleep_for(20ms);
  }
  return error{.code = errc::timeout,
               .text = "the cluster was not ready within 60 s, without " + missing
                       + "; the logs of a host are in its run directory, here "
                       + run_directory_of(cx)};
}

void print_status(const command_context& cx, const json::value& status) {
  if (cx.wants_json()) {
    std::printf("%s\n", json::write(status).c_str());
  } else {
    std::fputs(format_table(node_rows(status)).c_str(), stdout);
  }
}

std::vector<std::string> agent_command(const command_context& cx, const cluster_file& file,
                                       const std::string& path) {
  std::vector<std::string> argv{process::executable_path(),
                                "node",
                                "--role",
                                "agent,directory,planner",
                                "--name",
                                agent_name(file.name, {}),
                                "--cluster",
                                file.name,
                                "--run-dir",
                                run_directory_of(cx),
                                "--cluster-file",
                                path,
                                "--listen",
                                file.listen,
                                "--admin-port",
                                std::to_string(file.admin_port)};
  if (!cx.config.keys.empty()) {
    argv.insert(argv.end(), {"--keys", keys_of_node(cx, agent_name(file.name, {}))});
  }
  return argv;
}

/// The exit code of several failures: each is told.
int report_all(const std::vector<result<void>>& all) {
  int code = 0;
  for (const auto& one : all) {
    if (!one) {
      const auto mine = report(one.err());
      code = code == 0 ? mine : code;
    }
  }
  return code;
}

} // namespace

int run_up(command_context& cx) {
  const auto path = std::filesystem::absolute(cx.positionals.front()).string();
  auto file = read_cluster_file(path);
  if (!file) {
    return report(file.err());
  }
  cx.config.cluster = file->name;
  make_models_absolute(*file);
  other_hosts others(cx, *file);
  if (auto fine = others.prepare(); !fine) {
    return report(fine.err());
  }
  auto argv = agent_command(cx, *file, path);
  if (cx.config.dry_run) {
    return others.print_commands(argv);
  }
  const auto run_dir = run_directory_of(cx);
  const auto agent = start_agent(
      cx, run_dir, agent_name(file->name, {}), [] { return result<void>{}; }, std::move(argv));
  if (!agent) {
    return report(agent.err());
  }
  if (auto kept = others.remember(run_dir); !kept) {
    return report(kept.err());
  }
  if (const auto code = report_all(others.start(agent->of.bus_endpoint)); code != 0) {
    std::fprintf(stderr, "the rest runs; `troupe up` again when that is remedied, or `troupe "
                         "down`\n");
    return code;
  }
  const auto status = wait_until_ready(cx, *file);
  if (!status) {
    return report(status.err());
  }
  print_status(cx, *status);
  return 0;
}

int run_down(command_context& cx) {
  cluster_file file;
  if (!cx.positionals.empty()) {
    auto read = read_cluster_file(cx.positionals.front());
    if (!read) {
      return report(read.err());
    }
    file = *std::move(read);
    cx.config.cluster = file.name;
  } else {
    file.name = cx.config.cluster;
  }
  const auto run_dir = run_directory_of(cx);
  add_remembered_hosts(run_dir, file);
  other_hosts others(cx, file);
  const auto code = report_all(others.stop()) == 0 ? 0 : unreachable;
  if (code == 0) {
    forget_hosts(run_dir);
  }
  const auto agent = find_agent(cx);
  if (!agent) {
    return report(agent.err());
  }
  if (auto ended = end_agent(*agent); !ended) {
    return report(ended.err());
  }
  std::fprintf(stderr, "cluster '%s' is down%s\n", cx.config.cluster.c_str(),
               code == 0 ? "" : ", but for the hosts above");
  return code;
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
