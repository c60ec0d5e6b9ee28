// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "messages/vocab/block_naming.hpp"
#include "messages/vocab/ids.hpp"
#include "messages/worker.hpp"
#include "runtime/base/error.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// The conversation between a gateway and a router: where shall this stream run?
namespace troupe {

/// Who computes the prompt.
enum class prefill_mode : std::uint8_t { auto_ = 0, remote = 1, local = 2 };
constexpr prefill_mode last_enumerator(prefill_mode) {
  return prefill_mode::local;
}

enum class work_class : std::uint8_t { interactive = 0, batch = 1 };
constexpr work_class last_enumerator(work_class) {
  return work_class::batch;
}

/// GATEWAY to ROUTER: choose workers for one attempt of one stream. Answered by `placement` or
/// `refused`, once. A stream with accepted tokens is never shed.
struct place {
  static constexpr wire_type type = 10;
  static constexpr std::string_view name = "place";
  static constexpr traffic traffic_class = traffic::request;

  request_id request;
  stream_id stream;
  attempt_id attempt;
  std::string model; ///< Name the client asked for.
  identity who;
  std::uint32_t prompt_tokens = 0;
  std::vector<block_name> names; ///< Whole blocks of prompt and accepted tokens.
  std::uint32_t accepted = 0;
  std::string tenant;
  work_class cls = work_class::interactive;
  std::int32_t priority = 0;
  std::uint32_t max_tokens = 0;
  prefill_mode prefill = prefill_mode::auto_;
  std::string affinity;
  std::vector<worker_id> excluded; ///< Failed this stream before.
  std::uint32_t waited_ms = 0;
  std::string force_decode; ///< Node name; operators and tests only. Empty: free choice.
  std::string force_prefill;

  static constexpr auto fields() {
    return std::tuple{field(1, "request", &place::request),
                      field(2, "stream", &place::stream),
                      field(3, "attempt", &place::attempt),
                      field(4, "model", &place::model),
                      field(5, "who", &place::who),
                      field(6, "prompt_tokens", &place::prompt_tokens),
                      field(7, "names", &place::names, limits::prompt_blocks_max),
                      field(8, "accepted", &place::accepted),
                      field(9, "tenant", &place::tenant),
                      field(10, "cls", &place::cls),
                      field(11, "priority", &place::priority),
                      field(12, "max_tokens", &place::max_tokens),
                      field(13, "prefill", &place::prefill),
                      field(14, "affinity", &place::affinity),
                      field(15, "excluded", &place::excluded, 64),
                      field(16, "waited_ms", &place::waited_ms),
                      field(17, "force_decode", &place::force_decode),
                      field(18, "force_prefill", &place::force_prefill)};
  }
};

/// GATEWAY to ROUTER: the stream needs no placement any more.
struct place_cancel {
  static constexpr wire_type type = 11;
  static constexpr std::string_view name = "place_cancel";
  static constexpr traffic traffic_class = traffic::free;

  stream_id stream;
  attempt_id attempt;

  static constexpr auto fields() {
    return std::tuple{field(1, "stream", &place_cancel::stream),
                      field(2, "attempt", &place_cancel::attempt)};
  }
};

/// Why a candidate was or was not chosen; kept for `explain`.
struct placement_reason {
  worker_id decode;
  worker_id prefill; ///< Equal to decode: local.
  float predicted_ttft_ms = 0;
  std::uint32_t cached_blocks = 0;
  float harm_ms = 0; ///< To the running decodes.

  static constexpr auto fields() {
    return std::tuple{field(1, "decode", &placement_reason::decode),
                      field(2, "prefill", &placement_reason::prefill),
                      field(3, "predicted_ttft_ms", &placement_reason::predicted_ttft_ms),
                      field(4, "cached_blocks", &placement_reason::cached_blocks),
                      field(5, "harm_ms", &placement_reason::harm_ms)};
  }
};

/// ROUTER to GATEWAY: run it there.
struct placement {
  static constexpr wire_type type = 12;
  static constexpr std::string_view name = "placement";
  static constexpr traffic traffic_class = traffic::ordered;

  stream_id stream;
  attempt_id attempt;
  worker_ref decode;
  std::optional<worker_ref> prefill;       ///< None: the decode worker computes the prompt.
  std::uint32_t cached_blocks = 0;         ///< On the decode worker.
  std::uint32_t prefill_cached_blocks = 0; ///< On the prefill worker.
  float predicted_ttft_ms = 0;
  std::uint64_t no = 0; ///< Of this router; counts its placements.
  std::vector<placement_reason> reasons;

  static constexpr auto fields() {
    return std::tuple{field(1, "stream", &placement::stream),
                      field(2, "attempt", &placement::attempt),
                      field(3, "decode", &placement::decode),
                      field(4, "prefill", &placement::prefill),
                      field(5, "cached_blocks", &placement::cached_blocks),
                      field(6, "prefill_cached_blocks", &placement::prefill_cached_blocks),
                      field(7, "predicted_ttft_ms", &placement::predicted_ttft_ms),
                      field(8, "no", &placement::no),
                      field(9, "reasons", &placement::reasons, 16)};
  }
};

/// ROUTER to GATEWAY: not now, or never; `why` says which.
struct refused {
  static constexpr wire_type type = 13;
  static constexpr std::string_view name = "refused";
  static constexpr traffic traffic_class = traffic::ordered;

  stream_id stream;
  attempt_id attempt;
  error why;

  static constexpr auto fields() {
    return std::tuple{field(1, "stream", &refused::stream), field(2, "attempt", &refused::attempt),
                      field(3, "why", &refused::why)};
  }
};

} // namespace troupe
