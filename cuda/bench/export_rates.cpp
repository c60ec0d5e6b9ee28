// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/bench/export_rates.hpp"

#include "cuda/bench/bench_batch.hpp"
#include "cuda/device/pinned_memory.hpp"
#include "cuda/ranks/decoder_ranks.hpp"
#include "runtime/base/clock.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace troupe::cuda::bench {
namespace {

/// Of one call of `body`, after two that warm up.
template <class Body>
status median_seconds(int rounds, double& median, Body body) {
  std::vector<double> all;
  for (int i = -2; i < rounds; ++i) {
    const auto begin = machine_clock().now();
    if (const auto why = body(); why != success) {
      return why;
    }
    const std::chrono::duration<double> took = machine_clock().now() - begin;
    if (i >= 0) {
      all.push_back(took.count());
    }
  }
  std::ranges::sort(all);
  median = all[all.size() / 2];
  return success;
}

status run_and_wait(decoder_ranks& ranks, const step_batch& batch,
                    std::span<const engine::page_read> reads) {
  auto why = ranks.run(batch, reads);
  if (why == success) {
    why = ranks.wait();
  }
  return why == success ? ranks.wait_reads() : why;
}

status read_each(const decoder_ranks& ranks, std::span<const engine::page_read> reads) {
  auto why = success;
  for (std::size_t i = 0; why == success && i < reads.size(); ++i) {
    why = ranks.read_page(reads[i].slot, reads[i].to);
  }
  return why;
}

} // namespace

status measure_export(const decoder_shape& shape, const device_weights& weights,
                      const engine::ops::kv_layout& layout, std::unique_ptr<product> multiply,
                      std::int32_t tokens, int rounds, export_rates& out) {
  std::vector<rank_model> one;
  one.push_back(
      {.shape = shape, .weights = weights, .memory = {}, .multiply = std::move(multiply)});
  decoder_ranks ranks{std::move(one), nullptr, layout};
  const auto batch = batch_of(1, 0, tokens);
  transfers through;
  const auto blocks = static_cast<std::uint32_t>(batch.table_stride);
  auto why = ranks.start(tokens, 1, 1, batch.table_stride, tokens);
  if (why == success) {
    why = ranks.allocate_pool(blocks);
  }
  if (why == success) {
    why = ranks.begin(batch, through);
  }
  if (why != success) {
    return why;
  }
  pinned_memory staging;
  constexpr std::size_t alignment = 64;
  std::vector<engine::page_read> reads;
  for (std::uint32_t slot = 0; slot < blocks; ++slot) {
    auto* const to = static_cast<std::byte*>(staging.allocate(ranks.page_bytes(), alignment));
    reads.push_back({slot, 0, false, {to, ranks.page_bytes()}});
    out.bytes += static_cast<double>(ranks.page_bytes());
  }
  why = median_seconds(rounds, out.step_s, [&] { return run_and_wait(ranks, batch, {}); });
  if (why == success) {
    why = median_seconds(rounds, out.step_and_copy_s,
                         [&] { return run_and_wait(ranks, batch, reads); });
  }
  if (why == success) {
    why = median_seconds(rounds, out.copy_s, [&] { return read_each(ranks, reads); });
  }
  for (const auto& read : reads) {
    staging.deallocate(read.to.data(), read.to.size(), alignment);
  }
  return why;
}

} // namespace troupe::cuda::bench
