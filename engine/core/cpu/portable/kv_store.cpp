// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

#include <cstring>

namespace troupe::engine::cpu::portable {

void kv_store(const ops::kv_store_args& args) {
  TROUPE_CHECK(args.rows >= 1 && args.first_position >= 0);
  const auto block_size = static_cast<std::size_t>(args.layout.block_size);
  const auto head_dim = static_cast<std::size_t>(args.layout.head_dim);
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const auto position = static_cast<std::size_t>(args.first_position) + r;
    const auto place = position % block_size;
    float* block = args.pool + args.slots[position / block_size] * args.layout.block_elements();
    for (std::int32_t head = 0; head < args.layout.kv_heads; ++head) {
      const auto from = r * args.stride + static_cast<std::size_t>(head) * head_dim;
      float* keys = block + args.layout.keys_at(args.layer, head) + place;
      for (std::size_t i = 0; i < head_dim; ++i) {
        keys[i * block_size] = args.k[from + i];
      }
      if (args.layout.shared_dim == 0) {
        float* values = block + args.layout.values_at(args.layer, head) + place * head_dim;
        std::memcpy(values, args.v + from, head_dim * sizeof(float));
      }
    }
  }
}

} // namespace troupe::engine::cpu::portable
