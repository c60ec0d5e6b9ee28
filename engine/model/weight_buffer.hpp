// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/packed_matrix.hpp"
#include "runtime/base/bytes.hpp"

#include <cstddef>
#include <cstdlib>
#include <memory>

namespace troupe::engine {

struct unmap_bytes {
  std::size_t size_bytes = 0;
  std::shared_ptr<const void> owner; ///< Whose memory it is; null: this one's own.
  void operator()(std::byte* at) const;
};

/// 64-byte aligned memory that weights and the KV pool stand in; zeroed by the system when first
/// touched where it is large. Or a part of what another owns and nobody writes to: a packed copy of
/// weights in a mapped file. An empty buffer holds nothing.
class weight_buffer {
public:
  weight_buffer() = default;
  explicit weight_buffer(std::size_t size_bytes);

  /// Reads `part`, which lives as long as `owner`. Requires: 64-byte aligned (checked).
  weight_buffer(std::shared_ptr<const void> owner, bytes_view part);

  /// Requires: memory of its own, where it is written to.
  [[nodiscard]] std::byte* data() { return memory_.get(); }
  [[nodiscard]] const std::byte* data() const { return memory_.get(); }
  [[nodiscard]] std::size_t size() const { return memory_.get_deleter().size_bytes; }

private:
  std::unique_ptr<std::byte, unmap_bytes> memory_;
};

/// A packed matrix with its memory.
struct owned_matrix {
  ops::packed_matrix view;
  weight_buffer memory;
};

} // namespace troupe::engine
