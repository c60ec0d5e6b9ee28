// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/agent_process.hpp"
#include "apps/troupe/commands.hpp"
#include "apps/troupe/hosts/host_bundle.hpp"
#include "runtime/json/write.hpp"
#include "runtime/process/system.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <unistd.h>

namespace troupe {

namespace {

result<std::string> read_standard_input() {
  std::string text;
  std::array<char, 65536> buffer{};
  while (true) {
    const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && errno != EINTR) {
      return error{.code = errc::io_failed, .text = "reading standard input failed"};
    }
    if (count == 0) {
      return text;
    }
    text.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    if (text.size() > bundle_bytes_max) {
      return error{.code = errc::too_large, .text = "standard input is longer than any bundle"};
    }
  }
}

int say(const command_context& cx, const std::string& state, int pid) {
  if (cx.wants_json()) {
    std::puts(json::write(json::object_of({{"state", state}, {"pid", pid}})).c_str());
  } else {
    std::printf("%s %d\n", state.c_str(), pid);
  }
  return 0;
}

std::vector<std::string> agent_command(const app_config& config, const std::string& run_dir,
                                       bool with_keys) {
  std::string join;
  for (const auto& one : config.join) {
    join += (join.empty() ? "" : ",") + one;
  }
  std::vector<std::string> argv{process::executable_path(),
                                "node",
                                "--role",
                                "agent",
                                "--name",
                                config.name,
                                "--cluster",
                                config.cluster,
                                "--run-dir",
                                run_dir,
                                "--cluster-file",
                                run_dir + "/cluster.yaml",
                                "--listen",
                                config.bus_listen,
                                "--join",
                                join,
                                "--admin-port",
                                "0",
                                "--log-level",
                                config.log_level};
  if (with_keys) {
    argv.insert(argv.end(), {"--keys", run_dir + "/keys/" + config.name});
  }
  return argv;
}

} // namespace

int run_host_start(command_context& cx) {
  if (cx.config.name.empty() || cx.config.join.empty()) {
    return report(
        {.code = errc::invalid_value,
         .text = "an agent needs --name NAME and --join HOST:PORT; `troupe up` gives both",
         .field = cx.config.name.empty() ? "name" : "join"});
  }
  const auto text = read_standard_input();
  if (!text) {
    return report(text.err());
  }
  const auto bundle = read_bundle(*text);
  if (!bundle) {
    return report(bundle.err());
  }
  const auto run_dir = run_directory_of(cx);
  const auto agent = start_agent(
      cx, run_dir, cx.config.name, [&] { return unpack_bundle(*bundle, run_dir); },
      agent_command(cx.config, run_dir, !bundle->keys.empty()));
  if (!agent) {
    return report(agent.err());
  }
  return say(cx, agent->is_new ? "started" : "running", agent->of.pid);
}

int run_host_stop(command_context& cx) {
  const auto agent = find_agent(cx);
  if (!agent) {
    return say(cx, "not running", 0);
  }
  if (!agent->name.empty() && !cx.config.name.empty() && agent->name != cx.config.name) {
    return report({.code = errc::invalid_value,
                   .text = run_directory_of(cx) + " is of the agent '" + agent->name + "', not of '"
                           + cx.config.name + "'"});
  }
  if (auto ended = end_agent(*agent); !ended) {
    return report(ended.err());
  }
  return say(cx, "ended", agent->pid);
}

} // namespace troupe
