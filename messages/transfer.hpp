// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "messages/place.hpp"
#include "messages/vocab/block_naming.hpp"
#include "messages/vocab/ids.hpp"
#include "messages/vocab/tokens.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/error.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// Movements of blocks: prefill push, kv_get, kv_put. The receiver names the transfer and thereby
/// the one sender allowed; each part is accepted once; what nobody expects is dropped.
namespace troupe {

/// DECODE WORKER to PREFILL WORKER: compute the prompt's blocks and push them into my transfer.
/// Answered by parts with `prefill_progress` between, then `transfer_done`, or by
/// `transfer_stopped`.
struct prefill {
  static constexpr wire_type type = 30;
  static constexpr std::string_view name = "prefill";
  static constexpr traffic traffic_class = traffic::request;

  transfer_id transfer;
  request_id request;
  identity who;
  token_list prompt;             ///< Prompt and delivered tokens.
  std::uint32_t have_blocks = 0; ///< The receiver holds these first ones already.
  layout_id layout;
  work_class cls = work_class::interactive;
  std::int32_t priority = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "transfer", &prefill::transfer),
                      field(2, "request", &prefill::request),
                      field(3, "who", &prefill::who),
                      field(4, "prompt", &prefill::prompt, limits::prompt_tokens_max),
                      field(5, "have_blocks", &prefill::have_blocks),
                      field(6, "layout", &prefill::layout),
                      field(7, "cls", &prefill::cls),
                      field(8, "priority", &prefill::priority)};
  }
};

/// PREFILL WORKER to DECODE WORKER, every 100 ms.
struct prefill_progress {
  static constexpr wire_type type = 31;
  static constexpr std::string_view name = "prefill_progress";
  static constexpr traffic traffic_class = traffic::ordered;

  transfer_id transfer;
  std::uint32_t tokens_done = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "transfer", &prefill_progress::transfer),
                      field(2, "tokens_done", &prefill_progress::tokens_done)};
  }
};

/// WORKER to SHARD or WORKER: push those of these blocks that you have into my transfer. Answered
/// by parts and `transfer_done`; a block that is not there is simply missing.
struct kv_get {
  static constexpr wire_type type = 32;
  static constexpr std::string_view name = "kv_get";
  static constexpr traffic traffic_class = traffic::request;

  transfer_id transfer;
  identity who;
  std::vector<block_name> names;
  layout_id layout;

  static constexpr auto fields() {
    return std::tuple{field(1, "transfer", &kv_get::transfer), field(2, "who", &kv_get::who),
                      field(3, "names", &kv_get::names, limits::kv_names_max),
                      field(4, "layout", &kv_get::layout)};
  }
};

/// WORKER to SHARD: I have these blocks; take what you want by `transfer_open`.
struct kv_put {
  static constexpr wire_type type = 33;
  static constexpr std::string_view name = "kv_put";
  static constexpr traffic traffic_class = traffic::request;

  std::uint64_t offer = 0; ///< Of the sender; counts its offers.
  identity who;
  std::vector<block_name> names;
  layout_id layout;
  std::uint32_t block_bytes = 0; ///< At most: of a block whose window has passed, less.

  static constexpr auto fields() {
    return std::tuple{field(1, "offer", &kv_put::offer), field(2, "who", &kv_put::who),
                      field(3, "names", &kv_put::names, limits::kv_names_max),
                      field(4, "layout", &kv_put::layout),
                      field(5, "block_bytes", &kv_put::block_bytes)};
  }
};

/// RECEIVER to SENDER: push these blocks into this transfer. Answers `kv_put`.
struct transfer_open {
  static constexpr wire_type type = 34;
  static constexpr std::string_view name = "transfer_open";
  static constexpr traffic traffic_class = traffic::ordered;

  transfer_id transfer;
  std::uint64_t offer = 0;
  std::vector<block_name> names;

  static constexpr auto fields() {
    return std::tuple{field(1, "transfer", &transfer_open::transfer),
                      field(2, "offer", &transfer_open::offer),
                      field(3, "names", &transfer_open::names, limits::kv_names_max)};
  }
};

/// SENDER to RECEIVER: one block. The bytes travel on the bulk lane; the bus joins both.
struct part {
  static constexpr wire_type type = 35;
  static constexpr std::string_view name = "part";
  static constexpr traffic traffic_class = traffic::ordered;

  transfer_id transfer;
  std::uint32_t ordinal = 0; ///< Block number in the prompt, or position in the names asked for.
  block_name block;
  std::uint32_t group = 0;
  std::uint32_t first_layer = 0;
  std::uint32_t shard = 0;
  layout_id layout;
  std::uint64_t checksum = 0; ///< hash64 of the bytes.
  blob attachment;            ///< The block, in the layout.

  static constexpr auto fields() {
    return std::tuple{field(1, "transfer", &part::transfer),
                      field(2, "ordinal", &part::ordinal),
                      field(3, "block", &part::block),
                      field(4, "group", &part::group),
                      field(5, "first_layer", &part::first_layer),
                      field(6, "shard", &part::shard),
                      field(7, "layout", &part::layout),
                      field(8, "checksum", &part::checksum)};
  }
};

/// RECEIVER to SENDER: the part is imported, or dropped; its staging may go.
struct part_ack {
  static constexpr wire_type type = 36;
  static constexpr std::string_view name = "part_ack";
  static constexpr traffic traffic_class = traffic::free;

  transfer_id transfer;
  std::uint32_t ordinal = 0;
  bool taken = false;

  static constexpr auto fields() {
    return std::tuple{field(1, "transfer", &part_ack::transfer),
                      field(2, "ordinal", &part_ack::ordinal), field(3, "taken", &part_ack::taken)};
  }
};

/// SENDER to RECEIVER: every part there is has been pushed.
struct transfer_done {
  static constexpr wire_type type = 37;
  static constexpr std::string_view name = "transfer_done";
  static constexpr traffic traffic_class = traffic::ordered;

  transfer_id transfer;
  std::uint32_t parts = 0;
  std::uint32_t cached_tokens = 0;   ///< Of a prefill: taken from blocks.
  std::uint32_t computed_tokens = 0; ///< Of a prefill: computed.

  static constexpr auto fields() {
    return std::tuple{field(1, "transfer", &transfer_done::transfer),
                      field(2, "parts", &transfer_done::parts),
                      field(3, "cached_tokens", &transfer_done::cached_tokens),
                      field(4, "computed_tokens", &transfer_done::computed_tokens)};
  }
};

/// Either way: nothing more will come, or is wanted.
struct transfer_stopped {
  static constexpr wire_type type = 38;
  static constexpr std::string_view name = "transfer_stopped";
  static constexpr traffic traffic_class = traffic::ordered;

  transfer_id transfer;
  error why;

  static constexpr auto fields() {
    return std::tuple{field(1, "transfer", &transfer_stopped::transfer),
                      field(2, "why", &transfer_stopped::why)};
  }
};

} // namespace troupe
