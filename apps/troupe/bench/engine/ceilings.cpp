// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/engine/ceilings.hpp"

#include "engine/core/cpu/peak_rates.hpp"
#include "engine/model/weight_buffer.hpp"
#include "runtime/base/clock.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace troupe::bench {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} << 20U;
constexpr std::uint64_t loops = 20'000'000;

double seconds_of(std::uint32_t threads, const std::function<void(std::uint32_t)>& work) {
  const auto begin = machine_clock().now();
  std::vector<std::thread> all;
  for (std::uint32_t i = 0; i < threads; ++i) {
    all.emplace_back(work, i);
  }
  for (auto& one : all) {
    one.join();
  }
  return std::chrono::duration<double>(machine_clock().now() - begin).count();
}

} // namespace

ceilings measure_ceilings(std::uint32_t threads) {
  std::vector<engine::weight_buffer> buffers;
  std::vector<std::uint64_t> sums(threads);
  for (std::uint32_t i = 0; i < threads; ++i) {
    buffers.emplace_back(buffer_bytes);
    std::memset(buffers.back().data(), 1, buffer_bytes);
  }
  ceilings out;
  for (int round = 0; round < 3; ++round) {
    const auto read_s = seconds_of(threads, [&](std::uint32_t i) {
      sums[i] += engine::cpu::sum_of(buffers[i].data(), buffer_bytes);
    });
    out.read_bytes_per_s =
        std::max(out.read_bytes_per_s, static_cast<double>(buffer_bytes) * threads / read_s);
    using engine::cpu::peak_kind;
    for (const auto& [kind, best] : {std::pair{peak_kind::f32, &out.f32_operations_per_s},
                                     std::pair{peak_kind::pairs, &out.pair_operations_per_s},
                                     std::pair{peak_kind::int8, &out.int8_operations_per_s}}) {
      double operations = 0;
      const auto took_s = seconds_of(threads, [&, which = kind](std::uint32_t i) {
        const auto done = engine::cpu::spin(which, loops);
        if (i == 0) {
          operations = static_cast<double>(done);
        }
      });
      *best = std::max(*best, operations * threads / took_s);
    }
  }
  // A sum that nobody looks at would not be made.
  return std::ranges::count(sums, std::uint64_t{0}) > 0 ? ceilings{} : out;
}

} // namespace troupe::bench
