// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/hosts/host_runner.hpp"

#include "apps/troupe/hosts/ssh_command.hpp"
#include "runtime/process/run_program.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t hosts_at_once = 8;
constexpr duration version_max = 25s; ///< Above ssh's ConnectTimeout.
constexpr duration start_max = 60s;   ///< Above that and what an agent may take to start.
constexpr duration stop_max = 45s;    ///< Above that and what an agent may take to end.

} // namespace

void for_each_at_once(std::size_t count, std::size_t at_once,
                      const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < std::min(count, at_once); ++i) {
    threads.emplace_back([&] {
      for (auto mine = next++; mine < count; mine = next++) {
        work(mine);
      }
    });
  }
  for (auto& one : threads) {
    one.join();
  }
}

std::vector<std::string> host_runner::pending() const {
  const auto lock = std::lock_guard{mutex_};
  return {pending_.begin(), pending_.end()};
}

void host_runner::for_each(const std::vector<host_plan>& plans,
                           const std::function<void(std::size_t)>& work) {
  for (const auto& plan : plans) {
    const auto lock = std::lock_guard{mutex_};
    pending_.insert(plan.host().name);
  }
  for_each_at_once(plans.size(), hosts_at_once, [&](std::size_t i) {
    work(i);
    const auto lock = std::lock_guard{mutex_};
    pending_.erase(plans[i].host().name);
  });
}

result<std::string> host_runner::run(const host_plan& plan, const std::vector<std::string>& words,
                                     std::string input, duration timeout) {
  const auto end =
      process::run_program(children_, {.argv = ssh_command(program_, plan.host(), words),
                                       .environment = environment_,
                                       .input = std::move(input),
                                       .timeout = timeout});
  return end ? judge_ssh(plan.host(), plan.program(), *end) : end.err();
}

std::vector<result<void>> host_runner::start(const std::vector<host_plan>& plans,
                                             const std::vector<host_bundle>& bundles,
                                             const std::string& join) {
  std::vector<result<void>> out(plans.size());
  for_each(plans, [&](std::size_t i) {
    const auto& plan = plans[i];
    const auto said = run(plan, plan.ask_version(), {}, version_max);
    out[i] = said ? judge_version(plan.host(), plan.program(), *said) : said.err();
    if (out[i]) {
      const auto started = run(plan, plan.start(join), write_bundle(bundles[i]), start_max);
      out[i] = started ? result<void>{} : started.err();
    }
  });
  return out;
}

std::vector<result<void>> host_runner::stop(const std::vector<host_plan>& plans) {
  std::vector<result<void>> out(plans.size());
  for_each(plans, [&](std::size_t i) {
    const auto ended = run(plans[i], plans[i].stop(), {}, stop_max);
    out[i] = ended ? result<void>{} : ended.err();
  });
  return out;
}

} // namespace troupe
