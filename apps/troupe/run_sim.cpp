// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_runs.hpp"
#include "apps/troupe/commands.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/json/value.hpp"
#include "runtime/json/write.hpp"

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe {

namespace {

std::string hex(std::uint64_t what) {
  std::string out(16, '0');
  for (auto at = out.rbegin(); at != out.rend(); ++at, what >>= 4U) {
    *at = "0123456789abcdef"[what & 15U];
  }
  return out;
}

json::value number(std::uint64_t what) {
  return static_cast<std::int64_t>(what);
}

json::value faults_of(simulation_scene scene, const simulation_report& report) {
  std::vector<std::pair<std::string_view, json::value>> all;
  for (std::size_t at = 0; at < fault_count; ++at) {
    if (has_kind(scene, static_cast<fault>(at))) {
      all.emplace_back(name_of(static_cast<fault>(at)), number(report.faults[at]));
    }
  }
  return json::object_of(std::move(all));
}

void print_json(const simulation_options& options, const simulation_report& report, double wall_s) {
  json::value::array failures;
  for (const auto& each : report.failures) {
    failures.push_back(json::object_of({{"seed", number(each.seed)},
                                        {"fault", each.fault},
                                        {"message", each.failure},
                                        {"replay", replay_command(options, each.seed)}}));
  }
  const auto all = json::object_of({{"seeds", number(report.seeds)},
                                    {"failed", number(report.failed)},
                                    {"nodes", number(report.nodes)},
                                    {"events", number(report.events)},
                                    {"virtual_s", static_cast<double>(report.virtual_ms) / 1000},
                                    {"wall_s", wall_s},
                                    {"trace_hash", hex(report.trace_hash)},
                                    {"requests_ended", number(report.ended)},
                                    {"replaced", number(report.replaced)},
                                    {"accepted_tokens", number(report.accepted_tokens)},
                                    {"embedded", number(report.embedded)},
                                    {"messages", number(report.messages)},
                                    {"formed_ms", number(report.formed_ms)},
                                    {"agreed_ms", number(report.agreed_ms)},
                                    {"faults", faults_of(options.scene, report)},
                                    {"failures", failures}});
  std::printf("%s\n", json::write(all).c_str());
}

std::string text_of_faults(const simulation_report& report) {
  std::string out;
  for (std::size_t at = 0; at < fault_count; ++at) {
    if (report.faults[at] > 0) {
      out += " " + std::string(name_of(static_cast<fault>(at))) + " "
             + std::to_string(report.faults[at]);
    }
  }
  return out;
}

void print_text(const simulation_options& options, const simulation_report& report, double wall_s) {
  for (const auto& each : report.failures) {
    std::printf("seed %llu failed (%s): %s\n  replay: %s\n",
                static_cast<unsigned long long>(each.seed), each.fault.c_str(),
                each.failure.c_str(), replay_command(options, each.seed).c_str());
  }
  std::printf(
      "%llu seeds, %llu failed; %llu nodes, %llu events, %.0f virtual s in %.1f s; trace "
      "%s\n",
      static_cast<unsigned long long>(report.seeds), static_cast<unsigned long long>(report.failed),
      static_cast<unsigned long long>(report.nodes), static_cast<unsigned long long>(report.events),
      static_cast<double>(report.virtual_ms) / 1000, wall_s, hex(report.trace_hash).c_str());
  if (options.scene == simulation_scene::bus) {
    std::printf("%llu messages; faults:%s\n", static_cast<unsigned long long>(report.messages),
                text_of_faults(report).c_str());
  } else if (options.scene == simulation_scene::serving) {
    std::printf("faults of stores:%s\n", text_of_faults(report).c_str());
  } else if (options.scene == simulation_scene::crowd) {
    std::printf("%llu messages; formed within %llu ms, agreed %llu ms after the loss\n",
                static_cast<unsigned long long>(report.messages),
                static_cast<unsigned long long>(report.formed_ms),
                static_cast<unsigned long long>(report.agreed_ms));
  }
}

} // namespace

int run_sim(command_context& cx) {
  const auto kinds = fault_set::parse(cx.config.sim_fault_kinds, "sim.fault_kinds");
  if (!kinds) {
    return report(kinds.err());
  }
  const simulation_options options{.scene = parse_scene(cx.config.sim_scene),
                                   .requests = cx.config.sim_requests,
                                   .faults = cx.config.sim_faults,
                                   .kinds = *kinds,
                                   .nodes = cx.config.sim_nodes,
                                   .mutant = cx.config.mutant};
  const run_plan plan{.first_seed = cx.config.first_seed,
                      .seeds = cx.config.seeds,
                      .twice = cx.config.sim_twice && options.mutant.empty()};
  const auto start = machine_clock().now();
  const auto done = run_seeds(options, plan);
  if (!done) {
    return report(done.err());
  }
  const std::chrono::duration<double> wall = machine_clock().now() - start;
  if (cx.wants_json()) {
    print_json(options, *done, wall.count());
  } else {
    print_text(options, *done, wall.count());
  }
  return done->failed == 0 ? 0 : 1;
}

} // namespace troupe
