// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/chaos/guest.hpp"
#include "apps/troupe/commands.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/bus/actor_system.hpp"
#include "runtime/json/value.hpp"
#include "runtime/json/write.hpp"
#include "runtime/process/system.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <atomic>
#include <cstdio>
#include <thread>
#include <utility>
#include <vector>

namespace troupe {

namespace {

constexpr auto join_max = 15s;

struct actors_config : caf::actor_system_config {
  actors_config() { configure_actors(*this, 2); }
};

struct counts {
  std::atomic<std::uint32_t> next{0};
  std::atomic<std::uint32_t> joined{0};
  std::atomic<std::uint32_t> failed{0};
};

void come_and_go(const command_context& cx, caf::actor_system& actors, counts& all) {
  while (all.next.fetch_add(1) < cx.config.trials) {
    chaos::guest who(actors, {.id = process::random_u64(),
                              .cluster = cx.config.cluster,
                              .services = cx.config.guest_services});
    if (who.join(cx.config.join.front(), join_max)) {
      ++all.joined;
      std::this_thread::sleep_for(std::chrono::milliseconds(cx.config.hold_ms));
    } else {
      ++all.failed;
    }
  }
}

} // namespace

int run_chaos_joins(command_context& cx) {
  if (cx.config.join.empty()) {
    return report({.code = errc::invalid_value,
                   .text = "--join HOST:PORT says which cluster is joined",
                   .field = "join"});
  }
  const auto endpoint = "tcp://" + cx.config.join.front();
  cx.config.join.front() = endpoint;
  actors_config config;
  caf::actor_system actors(config);
  counts all;
  const auto began = machine_clock().now();
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < cx.config.at_once; ++i) {
    threads.emplace_back([&] { come_and_go(cx, actors, all); });
  }
  for (auto& each : threads) {
    each.join();
  }
  const auto took = to_seconds(machine_clock().now() - began);
  const auto joined = all.joined.load();
  if (cx.wants_json()) {
    std::printf("%s\n", json::write(json::object_of({{"joins", joined},
                                                     {"failed", all.failed.load()},
                                                     {"seconds", took},
                                                     {"joins_per_s", joined / took}}))
                            .c_str());
  } else {
    std::printf("%u joined and left, %u failed, in %.1f s (%.1f/s)\n", joined, all.failed.load(),
                took, joined / took);
  }
  return all.failed == 0 ? 0 : 1;
}

} // namespace troupe
