// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/abi.hpp"
#include "cuda/core/part_shape.hpp"
#include "cuda/decoder/device_executor.hpp"
#include "cuda/rank_parts.hpp"
#include "cuda/ranks/backend.hpp"
#include "runtime/base/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace troupe::cuda {

/// What one rank has of a model on its way to a device: its parts, each in memory of its own there.
class rank_load {
public:
  /// Requires: numbers of a rank's decoder, a layer each.
  rank_load(const model_facts& facts, std::span<const layer_facts> each);

  [[nodiscard]] result<void> put(part_place where, std::uint64_t offset,
                                 std::span<const std::byte> data);

  /// Uses it up.
  [[nodiscard]] result<rank_model> finish(std::unique_ptr<product> multiply);

private:
  struct place {
    device_buffer<std::byte> memory;
    std::size_t filled = 0;
    engine::ops::dtype type = engine::ops::dtype::bf16;
  };
  using places = std::array<place, parts_count>; ///< By part.

  [[nodiscard]] part_shape shape(part what, std::int32_t layer) const;
  [[nodiscard]] bool may_lack(part what, std::int32_t layer) const;
  [[nodiscard]] result<void> check_complete() const;
  [[nodiscard]] device_weights weights() const;

  model_facts facts_;
  std::vector<layer_facts> each_;
  places of_model_;
  std::vector<places> of_layers_;
};

/// A model on its way to its devices.
///
/// Role:    behind the ABI's begin, put, finish and drop.
/// Thread:  one at a time; the execution then belongs to the engine thread.
/// Errors:  invalid_value (a part of another size or type, out of order, twice or missing, with its
///          number in the text), too_large (a device has too little memory), internal (CUDA's
///          number), unsupported (nothing adds up the ranks here).
/// Checked: test/gpu/model_loading_test.cpp
struct model_load {
public:
  /// Requires: numbers of a decoder that cuda/decoder/decoder.hpp computes, cut as
  /// cuda/rank_parts.hpp allows; a layer each.
  model_load(const model_facts& whole, std::span<const layer_facts> each);

  [[nodiscard]] result<void> put(part_place where, std::uint64_t offset,
                                 std::span<const std::byte> data);

  [[nodiscard]] result<std::unique_ptr<engine::executor>> finish(const backend& by);

private:
  model_facts whole_;
  std::vector<rank_load> ranks_;
};

} // namespace troupe::cuda
