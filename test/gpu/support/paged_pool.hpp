// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/math/numbers.hpp"
#include "engine/core/ops/kv_layout.hpp"
#include "runtime/base/rng.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

/// Block tables and pools of sequences, as the CPU's ops and a device lay them out.
namespace troupe::test {

/// New rows of one sequence after those that its blocks hold already.
struct piece {
  std::int32_t first_position;
  std::int32_t rows;
};

struct flat_rows {
  std::vector<std::int32_t> begin{0};
  std::vector<std::int32_t> sequence;
  std::vector<std::uint32_t> positions;
};

inline flat_rows flatten(const std::vector<piece>& pieces) {
  flat_rows flat;
  for (std::size_t s = 0; s < pieces.size(); ++s) {
    for (std::int32_t r = 0; r < pieces[s].rows; ++r) {
      flat.sequence.push_back(static_cast<std::int32_t>(s));
      flat.positions.push_back(static_cast<std::uint32_t>(pieces[s].first_position + r));
    }
    flat.begin.push_back(static_cast<std::int32_t>(flat.sequence.size()));
  }
  return flat;
}

inline engine::ops::kv_layout layout_of(std::int32_t kv_heads, std::int32_t head_dim,
                                        std::int32_t block_size = 16) {
  return {.layers = 2, .kv_heads = kv_heads, .head_dim = head_dim, .block_size = block_size};
}

/// Slots in a drawn order, so that no sequence's blocks stand together.
struct block_tables {
  std::int32_t stride = 0;
  std::vector<std::uint32_t> slots; ///< [sequences, stride]
  std::uint32_t pool_slots = 0;
};

inline block_tables drawn_tables(const std::vector<piece>& pieces, std::int32_t block_size,
                                 rng& random) {
  block_tables made;
  for (const auto& p : pieces) {
    made.stride = std::max(made.stride, (p.first_position + p.rows - 1) / block_size + 1);
  }
  made.pool_slots =
      static_cast<std::uint32_t>(made.stride) * static_cast<std::uint32_t>(pieces.size());
  made.slots.resize(made.pool_slots);
  std::iota(made.slots.begin(), made.slots.end(), 0U);
  for (auto i = made.slots.size(); i > 1; --i) {
    std::swap(made.slots[i - 1], made.slots[random.below(i)]);
  }
  return made;
}

/// Where an element of the CPU's pool stands in a device's.
inline std::size_t device_place(const engine::ops::kv_layout& layout, std::size_t element) {
  const auto head = layout.head_elements();
  const auto dim = static_cast<std::size_t>(layout.head_dim);
  const auto size = static_cast<std::size_t>(layout.block_size);
  const auto part = element / head % (layout.layer_elements() / head);
  const auto inside = element % head;
  const bool is_key = part < static_cast<std::size_t>(layout.kv_heads);
  return is_key ? element - inside + inside % size * dim + inside / size : element;
}

/// Kept as bf16 or e4m3.
template <class Kept = cuda::bf16>
std::vector<Kept> as_device(const engine::ops::kv_layout& layout, const std::vector<float>& wide) {
  std::vector<Kept> narrow(wide.size());
  for (std::size_t i = 0; i < wide.size(); ++i) {
    narrow[device_place(layout, i)] = cuda::narrow<Kept>(wide[i]);
  }
  return narrow;
}

inline std::vector<float> widened_fp8(const std::vector<cuda::e4m3>& all) {
  std::vector<float> wide(all.size());
  std::ranges::transform(all, wide.begin(), [](cuda::e4m3 one) { return cuda::widen(one); });
  return wide;
}

inline std::vector<float> as_fp8_holds(std::vector<float> all) {
  for (auto& one : all) {
    one = cuda::widen(cuda::to_e4m3(one));
  }
  return all;
}

} // namespace troupe::test
