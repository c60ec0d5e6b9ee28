// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace troupe::cuda {

/// What one rank brings to a sum, and where it is in order.
struct rank_part {
  float* data = nullptr; ///< Of the rank's device.
  stream on = nullptr;   ///< Of the rank's device.
};

/// Who adds up what ranks have made, on all of them.
///
/// Thread: one at a time, for all ranks.
class collective {
public:
  collective() = default;
  collective(const collective&) = delete;
  collective& operator=(const collective&) = delete;
  virtual ~collective() = default;

  /// Every part becomes the sum of all, each of `count` numbers, in the order of its stream.
  /// Requires: as many parts as ranks, by rank.
  [[nodiscard]] virtual status sum(std::span<const rank_part> parts, std::size_t count) = 0;
};

/// Of our own kernel, for ranks that share one device, which run one after the other: it waits for
/// all streams. Checked: test/gpu/sum_ranks_test.cpp
[[nodiscard]] std::unique_ptr<collective> make_own_collective();

/// Of NCCL, which is looked for when this is called: a device each, the first `ranks` of them. Null
/// where it is not there or does not start; only in builds with nvcc and NCCL's header. Has not
/// run.
[[nodiscard]] std::unique_ptr<collective> make_nccl_collective(std::int32_t ranks);

} // namespace troupe::cuda
