// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/cuda_library.hpp"
#include "cuda/rank_parts.hpp"
#include "engine/core/cpu/parallel.hpp"
#include "engine/core/ops/packed_matrix.hpp"
#include "engine/model/load_progress.hpp"
#include "runtime/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace troupe {

/// Whether a matrix may go to a device as it is packed here.
[[nodiscard]] bool is_in_codes(const engine::ops::packed_matrix& what);

/// Of a matrix as bf16.
[[nodiscard]] std::uint64_t bf16_bytes(const engine::ops::packed_matrix& what);

/// Sends the parts of a model to a device library, to each rank what is its own: codes as they are
/// packed where the part takes them and no cut splits them, all other matrices as bf16.
///
/// Role:    whoever brings a model to devices makes one, and tells it part by part, rank by rank.
/// Thread:  one at a time; widening runs on all `workers`.
/// Errors:  the first of cuda_library::load's, kept in outcome(), after which nothing is sent.
/// Cost:    16 MiB in between, or a slice of a matrix.
/// Checked: test/conformance/device/device_ranks_test.cpp,
/// test/conformance/device/device_codes_test.cpp
class part_sender {
public:
  /// Makes the numbers of a panel of 16 rows, or of as many as there are.
  using panel_widener = std::function<void(std::int32_t panel, std::span<float> rows)>;

  /// What is referred to outlives it.
  part_sender(cuda_library::load& to, const cuda::model_facts& whole,
              std::span<const cuda::layer_facts> layers, engine::cpu::parallel& workers,
              const engine::progress_callback& on_progress, std::uint64_t total_bytes);

  [[nodiscard]] const result<void>& outcome() const { return outcome_; }

  /// What comes next is that rank's.
  void begin_rank(std::int32_t rank) { rank_ = rank; }

  /// Nothing where there are none.
  void numbers(cuda::part what, std::int32_t layer, std::span<const float> all);
  /// One after the other, each cut alone.
  void numbers(cuda::part what, std::int32_t layer,
               std::span<const std::span<const float>> of_each);

  /// Nothing where there is none.
  void matrix(cuda::part what, std::int32_t layer, const engine::ops::packed_matrix& from);
  /// One after the other: in codes if all are in the same.
  void matrices(cuda::part what, std::int32_t layer,
                std::span<const engine::ops::packed_matrix> all);

  /// The rows of a checkpoint's table whole: as they are, or as bf16.
  void table(cuda::part what, engine::ops::dtype type, std::span<const std::byte> rows);
  void table(cuda::part what, std::int32_t rows, std::int32_t columns, const panel_widener& widen);

private:
  [[nodiscard]] cuda::part_slice slice_of(cuda::part what, std::int32_t layer) const;
  /// Each gives the offset behind what it sent.
  std::size_t send_numbers(cuda::part what, std::int32_t layer, std::span<const float> all,
                           std::size_t offset);
  std::size_t send_slice(cuda::part what, std::int32_t layer,
                         const engine::ops::packed_matrix& from, const cuda::part_slice& slice,
                         std::size_t offset, bool is_coded);
  std::size_t send_codes(cuda::part what, std::int32_t layer,
                         const engine::ops::packed_matrix& from, cuda::part_range range,
                         bool cuts_inputs, std::size_t offset);
  std::size_t send_whole(const cuda::part_place& where, std::span<const std::byte> all,
                         std::size_t offset);
  /// Rows and columns of a matrix that has so many of both.
  struct rectangle {
    cuda::part_range rows;
    cuda::part_range columns;
    std::int32_t all_rows = 0;
    std::int32_t all_columns = 0;
  };
  std::size_t send_rows(cuda::part what, std::int32_t layer, const rectangle& which,
                        const panel_widener& widen, std::size_t offset);
  void put(const cuda::part_place& where, std::size_t offset, std::span<const std::byte> data);
  void tell(std::size_t sent_bytes);

  cuda_library::load& to_;
  const cuda::model_facts& whole_;
  std::span<const cuda::layer_facts> layers_;
  engine::cpu::parallel& workers_;
  const engine::progress_callback& on_progress_;
  engine::load_progress progress_;
  result<void> outcome_;
  std::int32_t rank_ = 0;
  std::vector<std::uint16_t> piece_;
};

} // namespace troupe
