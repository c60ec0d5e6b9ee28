// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/agent_process.hpp"
#include "apps/troupe/chaos/attached_cluster.hpp"
#include "apps/troupe/chaos/process_schedule.hpp"
#include "apps/troupe/commands.hpp"
#include "apps/troupe/table.hpp"
#include "runtime/json/value.hpp"
#include "runtime/json/write.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <optional>
#include <sys/types.h>
#include <thread>
#include <utility>

namespace troupe {

namespace {

using namespace chaos;

constexpr int exit_void = 5; ///< Too little load to show anything.
constexpr auto look_every = 100ms;
constexpr auto back_max = 15s;

/// What was done, and when another process of that name, or the same one again, answered.
struct done_harm {
  planned_harm what;
  std::int64_t pid = 0; ///< 0: nobody of that name was there.
  std::optional<duration> back;
};

/// Carries a schedule out on a cluster that runs on this host.
class chaos_run {
public:
  chaos_run(unsigned admin_port, double load_min)
      : admin_port_(admin_port), load_(load_min), load_meanwhile_(load_min) {}

  result<void> look() {
    auto all = processes_of(admin_port_);
    if (!all) {
      return all.err();
    }
    processes_ = *std::move(all);
    const auto now = elapsed();
    for (const auto& each : processes_) {
      const auto ended = each.is_gateway && each.answers ? ended_requests_of(each.admin_port)
                                                         : result<std::uint64_t>(std::uint64_t{0});
      if (each.is_gateway && each.answers && ended) {
        load_.saw(each.name, each.pid, *ended);
      }
    }
    for (auto& each : done_) {
      const auto* who = find(each.what.whom);
      const bool is_other = each.what.what == process_harm::stop
                                ? now >= each.what.at + each.what.stopped
                                : who != nullptr && who->pid != each.pid;
      if (!each.back && each.pid != 0 && who != nullptr && who->answers && is_other) {
        each.back = now - each.what.at;
      }
    }
    return {};
  }

  void carry_out(const std::vector<planned_harm>& plan, duration length) {
    began_ = machine_clock().now();
    std::size_t next = 0;
    while (elapsed() < length || next < plan.size()) {
      wake_stopped();
      while (next < plan.size() && plan[next].at <= elapsed()) {
        harm(plan[next++]);
      }
      (void)look();
      std::this_thread::sleep_for(
          next < plan.size() ? std::clamp<duration>(plan[next].at - elapsed(), 1ms, look_every)
                             : look_every);
    }
    took_ = elapsed();
    load_meanwhile_ = load_;
    while (!all_back() && elapsed() < took_ + back_max) {
      wake_stopped();
      std::this_thread::sleep_for(look_every);
      (void)look();
    }
  }

  /// Who is harmed if nobody is named: everybody but the agent, which starts the others again.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& each : processes_) {
      if (each.admin_port != admin_port_) {
        out.push_back(each.name);
      }
    }
    std::ranges::sort(out);
    return out;
  }

  [[nodiscard]] bool all_back() const {
    return std::ranges::all_of(done_, [](const auto& each) { return each.pid == 0 || each.back; });
  }
  [[nodiscard]] const std::vector<done_harm>& done() const { return done_; }
  [[nodiscard]] const load_floor& load() const { return load_meanwhile_; }
  [[nodiscard]] duration took() const { return took_; }

private:
  [[nodiscard]] duration elapsed() const { return machine_clock().now() - began_; }

  [[nodiscard]] const attached_process* find(const std::string& name) const {
    const auto found = std::ranges::find(processes_, name, &attached_process::name);
    return found == processes_.end() ? nullptr : &*found;
  }

  void harm(const planned_harm& what) {
    const auto* who = find(what.whom);
    done_.push_back({.what = what, .pid = who == nullptr ? 0 : who->pid, .back = std::nullopt});
    if (who == nullptr) {
      return;
    }
    const auto number = what.what == process_harm::kill   ? SIGKILL
                        : what.what == process_harm::stop ? SIGSTOP
                                                          : SIGTERM;
    if (::kill(static_cast<pid_t>(who->pid), number) != 0) {
      done_.back().pid = 0;
    } else if (what.what == process_harm::stop) {
      stopped_.emplace_back(what.at + what.stopped, static_cast<pid_t>(who->pid));
    }
  }

  void wake_stopped() {
    std::erase_if(stopped_, [this](const auto& each) {
      return each.first <= elapsed() && (::kill(each.second, SIGCONT), true);
    });
  }

  unsigned admin_port_;
  load_floor load_;
  load_floor load_meanwhile_; ///< Without what came while everybody was waited for.
  time_point began_ = machine_clock().now();
  duration took_{0};
  std::vector<attached_process> processes_;
  std::vector<std::pair<duration, pid_t>> stopped_;
  std::vector<done_harm> done_;
};

double ms_of(duration what) {
  return to_seconds(what) * 1000;
}

void print(const command_context& cx, const chaos_run& run, bool is_void) {
  const auto rate = run.load().per_second(run.took());
  if (!cx.wants_json()) {
    std::vector<std::vector<std::string>> rows{{"AT MS", "WHAT", "WHOM", "PID", "BACK AFTER MS"}};
    for (const auto& each : run.done()) {
      rows.push_back(
          {std::to_string(static_cast<std::int64_t>(ms_of(each.what.at))),
           std::string(name_of(each.what.what)), each.what.whom,
           each.pid == 0 ? "-" : std::to_string(each.pid),
           each.back ? std::to_string(static_cast<std::int64_t>(ms_of(*each.back))) : "-"});
    }
    std::fputs(format_table(rows).c_str(), stdout);
    std::printf("seed %llu: %.1f requests/s%s\n",
                static_cast<unsigned long long>(cx.config.first_seed), rate,
                is_void ? "; void: that is too little load to show anything" : "");
    return;
  }
  json::value acts = json::value::array{};
  for (const auto& each : run.done()) {
    acts.push_back(json::object_of(
        {{"at_ms", ms_of(each.what.at)},
         {"what", std::string(name_of(each.what.what))},
         {"whom", each.what.whom},
         {"pid", each.pid},
         {"stopped_ms", ms_of(each.what.stopped)},
         {"back_ms", each.back ? json::value(ms_of(*each.back)) : json::value(nullptr)}}));
  }
  std::printf("%s\n", json::write(json::object_of({{"seed", cx.config.first_seed},
                                                   {"seconds", to_seconds(run.took())},
                                                   {"acts", std::move(acts)},
                                                   {"all_back", run.all_back()},
                                                   {"requests", run.load().ended()},
                                                   {"requests_per_s", rate},
                                                   {"void", is_void}}))
                          .c_str());
}

} // namespace

int run_chaos_run(command_context& cx) {
  const auto agent = find_agent(cx);
  if (!agent) {
    return report(agent.err());
  }
  auto kinds = parse_process_harms(cx.config.harms);
  if (!kinds) {
    return report(kinds.err());
  }
  chaos_run run(agent->admin_port, cx.config.load_min);
  if (auto fine = run.look(); !fine) {
    return report(fine.err());
  }
  const harm_ranges ranges{.kinds = *std::move(kinds),
                           .names = cx.positionals.empty() ? run.names() : cx.positionals,
                           .length = 1s * cx.config.chaos_seconds,
                           .every = std::chrono::milliseconds(cx.config.harm_every_ms),
                           .stop_max = std::chrono::milliseconds(cx.config.pause_max_ms)};
  if (ranges.names.empty()) {
    return report({.code = errc::not_found, .text = "the cluster has no process to harm"});
  }
  run.carry_out(plan_harm(cx.config.first_seed, ranges), ranges.length);
  const bool is_void = run.load().is_void(run.took());
  print(cx, run, is_void);
  return is_void ? exit_void : run.all_back() ? 0 : 1;
}

} // namespace troupe
