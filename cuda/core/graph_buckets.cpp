// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/graph_buckets.hpp"

#include "cuda/core/attention_plan.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>

namespace troupe::cuda {

std::int32_t sequences_bucket(std::int32_t sequences) {
  TROUPE_CHECK(sequences >= 1);
  if (sequences > graph_sequences_max) {
    return 0;
  }
  constexpr std::int32_t step = 8;
  if (sequences >= step) {
    return (sequences + step - 1) / step * step;
  }
  std::int32_t bucket = 1;
  while (bucket < sequences) {
    bucket *= 2;
  }
  return bucket;
}

std::int32_t visible_bucket(std::int32_t visible, std::int32_t context_max) {
  TROUPE_CHECK(visible >= 1 && visible <= context_max);
  std::int64_t bucket = split_keys;
  while (bucket < visible) {
    bucket *= 2;
  }
  return static_cast<std::int32_t>(std::min<std::int64_t>(bucket, context_max));
}

} // namespace troupe::cuda
