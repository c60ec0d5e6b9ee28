// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/agent_process.hpp"

#include "runtime/base/clock.hpp"
#include "runtime/process/child_processes.hpp"
#include "runtime/process/files.hpp"

#include <csignal>
#include <fcntl.h>
#include <sstream>
#include <sys/file.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace troupe {

namespace {

constexpr duration start_max = 30s;
constexpr duration end_max = 15s;
constexpr std::size_t log_lines = 3;
constexpr std::size_t log_bytes = 2048;

std::string agent_path(const std::string& run_dir) {
  return run_dir + "/agent.pid";
}

result<process::descriptor> lock(const std::string& path, int how) {
  process::descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file || ::flock(file.get(), how) != 0) {
    return error{.code = errc::io_failed, .text = "cannot lock " + path};
  }
  return file;
}

// Whoever looks may take it for a moment, agents share it for life.
bool is_held(const std::string& run_dir) {
  const process::descriptor file(::open((run_dir + "/agent.lock").c_str(), O_RDWR | O_CLOEXEC));
  return !file || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0;
}

error ended_at_once(const std::string& log) {
  std::string said;
  if (const auto lines = process::read_last_lines(log, log_lines, log_bytes)) {
    for (const auto& line : *lines) {
      said += (said.empty() ? ": " : "; ") + line;
    }
  }
  return {.code = errc::io_failed, .text = "the agent ended at its start (" + log + ")" + said};
}

} // namespace

std::string run_directory_of(const command_context& cx) {
  return cx.config.run_dir.empty()
             ? process::run_directory(cx.environment) + "/" + cx.config.cluster
             : cx.config.run_dir;
}

result<process::descriptor> hold_run_directory(const std::string& run_dir) {
  return lock(run_dir + "/agent.lock", LOCK_SH);
}

result<void> write_agent_file(const std::string& run_dir, const agent_file& what) {
  return process::write_file_atomic(agent_path(run_dir),
                                    std::to_string(what.pid) + " " + std::to_string(what.admin_port)
                                        + " " + what.bus_endpoint + " " + what.name + "\n");
}

void remove_agent_file(const std::string& run_dir) {
  ::unlink(agent_path(run_dir).c_str());
}

result<agent_file> find_agent_in(const std::string& run_dir) {
  const auto text = process::read_file(agent_path(run_dir), 1024);
  agent_file agent;
  if (text) {
    std::istringstream(*text) >> agent.pid >> agent.admin_port >> agent.bus_endpoint >> agent.name;
  }
  if (agent.pid <= 0 || ::kill(agent.pid, 0) != 0 || !is_held(run_dir)) {
    return error{.code = errc::peer_gone, .text = "no agent runs (" + agent_path(run_dir) + ")"};
  }
  return agent;
}

result<agent_file> find_agent(const command_context& cx) {
  const auto run_dir = run_directory_of(cx);
  auto found = find_agent_in(run_dir);
  if (!found) {
    return error{.code = errc::peer_gone,
                 .text = "no cluster '" + cx.config.cluster + "' is running here ("
                         + agent_path(run_dir) + "); start one with `troupe up CLUSTER.yaml`"};
  }
  return found;
}

result<started_agent> start_agent(const command_context& cx, const std::string& run_dir,
                                  const std::string& name,
                                  const std::function<result<void>()>& prepare,
                                  std::vector<std::string> argv) {
  if (auto made = process::make_private_directory(run_dir); !made) {
    return made.err();
  }
  // So that two commands do not start two.
  const auto held = lock(run_dir + "/start.lock", LOCK_EX);
  if (!held) {
    return held.err();
  }
  if (auto running = find_agent_in(run_dir)) {
    if (!running->name.empty() && running->name != name) {
      return error{.code = errc::invalid_value,
                   .text = run_dir + " is of the agent '" + running->name + "' that runs, not of '"
                           + name + "'; give each host a 'directory' of its own"};
    }
    return started_agent{.of = *std::move(running)};
  }
  if (auto done = prepare(); !done) {
    return done.err();
  }
  remove_agent_file(run_dir);
  const auto log = run_dir + "/agent.log";
  const auto started = process::spawn_daemon(
      {.argv = std::move(argv), .environment = cx.environment, .directory = {}, .output = log});
  if (!started) {
    return started.err();
  }
  const auto until = machine_clock().now() + start_max;
  while (machine_clock().now() < until) {
    auto running = find_agent_in(run_dir);
    if (running && running->pid == *started) {
      return started_agent{.of = *std::move(running), .is_new = true};
    }
    if (::waitpid(*started, nullptr, WNOHANG) == *started) {
      return ended_at_once(log);
    }
    std::this_thread::sleep_for(10ms);
  }
  ::kill(-*started, SIGKILL);
  return error{.code = errc::timeout,
               .text = "the agent did not start within 30 s; its log is " + log};
}

result<void> end_agent(const agent_file& which) {
  ::kill(which.pid, SIGTERM);
  const auto until = machine_clock().now() + end_max;
  while (::kill(which.pid, 0) == 0) {
    if (machine_clock().now() > until) {
      ::kill(which.pid, SIGKILL);
      return error{.code = errc::timeout, .text = "the agent had to be killed"};
    }
    std::this_thread::sleep_for(10ms);
  }
  return {};
}

} // namespace troupe
