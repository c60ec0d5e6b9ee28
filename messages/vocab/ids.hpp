// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/hash.hpp"
#include "runtime/base/strong_id.hpp"
#include "runtime/bus/actor_ref.hpp"

#include <cstdint>
#include <tuple>

namespace troupe {

/// 128 bit, shown to clients. Made by the gateway.
using request_id = strong_id<struct request_id_tag, hash128>;

/// One (request, choice); never reused in a gateway's incarnation. Made by the gateway.
using stream_id = strong_id<struct stream_id_tag, std::uint64_t>;

/// Which placement of a stream; only the gateway mints it, counting from 1.
using attempt_id = strong_id<struct attempt_id_tag, std::uint32_t>;

/// Hash of weights, config and tokenizer.
using model_digest = strong_id<struct model_digest_tag, hash128>;

/// What makes block names comparable: model digest, LoRA, KV dtype, block size, naming version.
using content_id = strong_id<struct content_id_tag, hash128>;

/// How bytes lie in a block: whether two engines can exchange blocks.
using layout_id = strong_id<struct layout_id_tag, std::uint64_t>;

/// Chained keyed hash of a block's tokens and all before it: equal names are interchangeable
/// blocks.
using block_name = strong_id<struct block_name_tag, hash128>;

/// An engine_host: stable over role changes.
struct worker_id {
  node_ref node;
  std::uint32_t engine = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "node", &worker_id::node), field(2, "engine", &worker_id::engine)};
  }
  friend auto operator<=>(const worker_id&, const worker_id&) = default;
};

/// One movement of blocks, named by its receiver and fresh per source.
struct transfer_id {
  incarnation receiver;
  std::uint64_t number = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "receiver", &transfer_id::receiver),
                      field(2, "number", &transfer_id::number)};
  }
  friend auto operator<=>(const transfer_id&, const transfer_id&) = default;
};

} // namespace troupe
