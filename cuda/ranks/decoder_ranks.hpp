// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/decoder/decoder.hpp"
#include "cuda/device/event.hpp"
#include "cuda/device/graph.hpp"
#include "cuda/ranks/collective.hpp"
#include "engine/core/executor.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace troupe::cuda {

/// What one device has of a model.
struct rank_model {
  decoder_shape shape; ///< Whose vocab are the tokens from first_token on.
  std::int32_t first_token = 0;
  device_weights weights; ///< They outlive the ranks, or stand in
  std::vector<device_buffer<std::byte>> memory;
  std::unique_ptr<product> multiply;
};

/// One decoder cut for one or several devices: each has its heads, its columns of MLPs and its
/// tokens of the head, and after each part of a layer their sums are added up.
///
/// Role:    an execution's; it owns weights, pools and streams. A page of the pool is the ranks'
///          pages one after the other.
/// Thread:  one at a time, which launches for all devices; each waits in its own stream.
/// Errors:  CUDA's, as status.
/// Checked: test/conformance/device/device_ranks_test.cpp
class decoder_ranks {
public:
  /// Requires: ranks; several have `add_up`. `page` is the layout of rank 0's, and of all.
  decoder_ranks(std::vector<rank_model> ranks, std::unique_ptr<collective> add_up,
                const engine::ops::kv_layout& page);

  /// As decoder::reserve, with streams.
  [[nodiscard]] status start(std::int32_t rows, std::int32_t wanted, std::int32_t sequences,
                             std::int32_t blocks, std::int32_t visible);
  [[nodiscard]] status allocate_pool(std::size_t slots);

  [[nodiscard]] status begin(const step_batch& batch, transfers& through);
  /// Of `reads` begins those that are whole, beside what comes after; wait_reads waits for them.
  /// Requires: bytes of `reads` that stay, best pinned; no step runs.
  [[nodiscard]] status read_whole(std::span<const engine::page_read> reads);
  /// With the others of `reads`, layer by layer as they are written.
  [[nodiscard]] status run(const step_batch& batch, std::span<const engine::page_read> reads = {});
  [[nodiscard]] status wait() const;
  [[nodiscard]] status wait_reads() const;

  /// [wanted, vocab()] of the last run, in the order of the first stream; of several ranks once all
  /// were waited for.
  [[nodiscard]] const float* logits() const;
  [[nodiscard]] std::int32_t vocab() const { return vocab_; }

  [[nodiscard]] status read_page(std::size_t slot, std::span<std::byte> data) const;
  [[nodiscard]] status write_page(std::size_t slot, std::span<const std::byte> data);
  [[nodiscard]] std::size_t page_bytes() const;

  /// Of the first device. What is recorded is a step of a single rank: the ranks of several are
  /// launched anew.
  [[nodiscard]] const owned_stream& first_stream() const { return ranks_.front().on; }
  [[nodiscard]] bool can_record() const { return ranks_.size() == 1; }

private:
  struct rank {
    rank_model model;
    std::unique_ptr<decoder> steps;
    device_buffer<std::byte> pool;
    owned_stream on;
    owned_stream reading;
    owned_event written;
  };

  /// What rank `no` has of a layer.
  [[nodiscard]] status read_layer(std::size_t no, std::int32_t layer,
                                  std::span<const engine::page_read> reads);
  [[nodiscard]] status copy_beside(std::size_t no, std::span<const host_copy> all, bool after_step);
  [[nodiscard]] status sum(std::size_t count);
  [[nodiscard]] status gather(const step_batch& batch);
  /// Calls `body` with each rank while its device is the current one.
  template <class Body>
  [[nodiscard]] status each_rank(Body body);

  std::vector<rank> ranks_;
  std::unique_ptr<collective> add_up_;
  engine::ops::kv_layout page_;
  std::size_t rank_bytes_ = 0;  ///< Of a page, of one rank,
  std::size_t layer_bytes_ = 0; ///< and of a layer of that.
  std::int32_t hidden_ = 0;
  std::int32_t vocab_ = 0;
  device_buffer<float> logits_; ///< [wanted, vocab] of all ranks, on the first; with one none.
};

} // namespace troupe::cuda
