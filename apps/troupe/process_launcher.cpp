// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/process_launcher.hpp"

#include "runtime/process/system.hpp"

#include <csignal>
#include <filesystem>

namespace troupe {

namespace {

constexpr duration stop_grace = 5s;

std::string describe(const process::child_exit& end) {
  return end.signal != 0 ? "killed by signal " + std::to_string(end.signal)
                         : "exit code " + std::to_string(end.code);
}

std::string host_of(const std::string& listen) {
  return listen.substr(0, listen.rfind(':'));
}

} // namespace

process_launcher::process_launcher(const app_config& config,
                                   std::map<std::string, std::string> environment,
                                   std::function<std::string()> join, timers& queue,
                                   const clock& time)
    : config_(config),
      environment_(std::move(environment)),
      join_(std::move(join)),
      queue_(queue),
      time_(time),
      children_(std::make_shared<process::child_processes>()) {
  // Not among the arguments, which everybody on the host can see: it may have a password.
  environment_["TROUPE_NODE_DIRECTORY"] = config_.directory;
}

result<std::int64_t> process_launcher::start(const std::string& slot, const slot_config& what) {
  std::vector<std::string> argv{process::executable_path(),
                                "node",
                                "--role",
                                what.roles,
                                "--name",
                                slot,
                                "--join",
                                join_(),
                                "--cluster",
                                config_.cluster,
                                "--run-dir",
                                config_.run_dir,
                                "--listen",
                                host_of(config_.bus_listen) + ":0",
                                "--admin-port",
                                "0",
                                "--log-level",
                                config_.log_level};
  const auto add = [&](std::string flag, std::string value) {
    argv.push_back(std::move(flag));
    argv.push_back(std::move(value));
  };
  if (!config_.keys.empty()) {
    // `troupe keys issue` puts the keys of a cluster's nodes side by side.
    add("--keys",
        ((std::filesystem::path(config_.keys) / "..").lexically_normal() / slot).string());
  }
  if (!config_.advertise.empty()) {
    add("--advertise", config_.advertise);
  }
  if (!what.model.empty()) {
    add("--model", what.model);
  }
  if (what.http_port != 0) {
    add("--http-port", std::to_string(what.http_port));
  }
  argv.insert(argv.end(), what.extra.begin(), what.extra.end());
  const auto started = children_->spawn({.argv = std::move(argv),
                                         .environment = environment_,
                                         .directory = {},
                                         .output = config_.run_dir + "/" + slot + ".log"},
                                        [call = on_exit_](process::child_exit end) {
                                          if (call) {
                                            call(end.pid, describe(end));
                                          }
                                        });
  if (!started) {
    return started.err();
  }
  return static_cast<std::int64_t>(*started);
}

void process_launcher::stop(std::int64_t pid) {
  const auto child = static_cast<pid_t>(pid);
  (void)children_->signal(child, SIGTERM);
  queue_.at(time_.now() + stop_grace, [weak = std::weak_ptr(children_), child] {
    if (const auto children = weak.lock()) {
      (void)children->signal(child, SIGKILL); // Refused once it has ended.
    }
  });
}

void process_launcher::kill(std::int64_t pid) {
  (void)children_->signal(static_cast<pid_t>(pid), SIGKILL);
}

} // namespace troupe
