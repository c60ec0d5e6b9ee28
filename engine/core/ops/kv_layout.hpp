// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// How the keys and values of one block in some layers, a page, lie in their slot: one contiguous
/// run of fp32, so that moving a page between hosts is one copy. Per layer first all keys, then all
/// values:
///   keys   [kv_heads][head_dim][block_size]   the 16 tokens side by side, as matmul panels are
///   values [kv_heads][block_size][head_dim]
/// Where a value is the beginning of its key, only keys are stored.
struct kv_layout {
  std::int32_t layers = 0;
  std::int32_t kv_heads = 0;
  std::int32_t head_dim = 0;
  std::int32_t block_size = 0;
  std::int32_t shared_dim = 0; ///< Leading elements of a key that are its value; 0: values stand.

  [[nodiscard]] std::int32_t value_dim() const { return shared_dim > 0 ? shared_dim : head_dim; }
  /// Elements of one head's keys (or values) in one block.
  [[nodiscard]] std::size_t head_elements() const {
    return static_cast<std::size_t>(head_dim) * static_cast<std::size_t>(block_size);
  }
  [[nodiscard]] std::size_t layer_elements() const {
    return (shared_dim > 0 ? 1U : 2U) * static_cast<std::size_t>(kv_heads) * head_elements();
  }
  [[nodiscard]] std::size_t block_elements() const {
    return static_cast<std::size_t>(layers) * layer_elements();
  }
  [[nodiscard]] std::size_t keys_at(std::int32_t layer, std::int32_t kv_head) const {
    return static_cast<std::size_t>(layer) * layer_elements()
           + static_cast<std::size_t>(kv_head) * head_elements();
  }
  /// Requires: values stand.
  [[nodiscard]] std::size_t values_at(std::int32_t layer, std::int32_t kv_head) const {
    return keys_at(layer, kv_heads + kv_head);
  }

  friend bool operator==(const kv_layout&, const kv_layout&) = default;
};

} // namespace troupe::engine::ops
