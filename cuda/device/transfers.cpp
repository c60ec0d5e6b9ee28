// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/device/transfers.hpp"

#include <algorithm>

namespace troupe::cuda {
namespace {

constexpr std::size_t block_bytes_min = std::size_t{64} << 10U;
constexpr std::size_t alignment = 64;

} // namespace

status transfers::stage(std::size_t bytes, void** at) {
  const auto rounded = (bytes + alignment - 1) / alignment * alignment;
  if (blocks_.empty() || blocks_.back().bytes - used_bytes_ < rounded) {
    if (const auto why = add_block(std::max(rounded, block_bytes_min)); why != success) {
      return why;
    }
  }
  *at = static_cast<std::byte*>(blocks_.back().memory) + used_bytes_;
  used_bytes_ += rounded;
  return success;
}

status transfers::add_block(std::size_t bytes) {
  block made{nullptr, bytes};
  const auto why = allocate_pinned(&made.memory, bytes);
  if (why == success) {
    blocks_.push_back(made);
    used_bytes_ = 0;
  }
  return why;
}

void transfers::reset() {
  std::size_t total = 0;
  for (const auto& one : blocks_) {
    total += one.bytes;
  }
  used_bytes_ = 0;
  if (blocks_.size() > 1) {
    release_blocks();
    (void)add_block(total); // If it fails now, so does the step.
  }
}

void transfers::release_blocks() {
  for (const auto& one : blocks_) {
    release_pinned(one.memory);
  }
  blocks_.clear();
}

} // namespace troupe::cuda
