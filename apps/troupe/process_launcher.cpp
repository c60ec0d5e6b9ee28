// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/process_launcher.hpp"

#include "runtime/process/files.hpp"
#include "runtime/process/last_words.hpp"
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

constexpr std::size_t log_bytes_max = 8192;

std::uint64_t unix_ms() {
  const auto since = process::wall_now().time_since_epoch();
  return static_cast<std::uint64_t>(since / 1ms);
}

/// All that is known of the end of the process that had this log and these last words.
process_end look_at(const process::child_exit& end, const std::string& log,
                    const std::string& words, std::uint64_t oom_before) {
  process_end out{.how = describe(end),
                  .code = end.code,
                  .signal = end.signal,
                  .out_of_memory = process::out_of_memory_kills() > oom_before,
                  .at_unix_ms = unix_ms()};
  if (const auto said = process::read_last_words(words)) {
    out.life = {.node = {said->node}, .life = {said->life}};
    for (const auto& mark : said->marks) {
      out.dying.push_back({.request = {mark.id}, .index = mark.index});
    }
  }
  if (auto lines = process::read_last_lines(log, limits::crash_log_lines_max, log_bytes_max)) {
    out.log = *std::move(lines);
  }
  return out;
}

} // namespace

std::string last_words_path(const std::string& run_dir, const std::string& name) {
  return run_dir + "/" + name + ".last";
}

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
  const auto log = config_.run_dir + "/" + slot + ".log";
  const auto words = last_words_path(config_.run_dir, slot);
  // Without it a death proves less, which is no reason not to serve.
  static_cast<void>(process::prepare_last_words(words));
  const auto started = children_->spawn(
      {.argv = std::move(argv), .environment = environment_, .directory = {}, .output = log},
      [call = on_exit_, log, words, oom = process::out_of_memory_kills()](process::child_exit end) {
        if (call) {
          call(end.pid, look_at(end, log, words, oom));
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
