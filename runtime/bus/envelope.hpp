// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/codec/fields.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

/// What stands before a frame's body, and the bodies that are the bus's own.
/// Checked: test/unit/bus/envelope_test.cpp
namespace troupe {

enum class frame_kind : std::uint8_t {
  hello = 1,
  ready = 2, ///< request_id: the nonce of the side it answers.
  tell = 3,
  request = 4,
  response = 5,
  failure = 6, ///< A response whose body is an `error`.
  credit = 7,
  ping = 8,
  bye = 9, ///< The body is an `error` if the sender could not go on.
  monitor = 10,
  demonitor = 11,
  down = 12, ///< source ended; target watched it; the body is an `error`.
  /// Bulk lane: request_id = seq of the message, source = offset, bytes beside. The body is empty
  /// or, where links are authenticated, the frame's keys::bulk_tag.
  chunk = 13,
  batch = 14,   ///< Several frames of the control lane, each after its length (u32). No seq itself.
  probe = 15,   ///< Asks whether the node in the body, a `node_ref`, is heard of.
  witness = 16, ///< It is. Not being heard of has no answer.
};
inline constexpr std::uint8_t frame_kind_last = 16;

/// 48 bytes, little-endian: version, kind, type, deadline, then the rest in this order.
struct envelope {
  frame_kind kind = frame_kind::ping;
  wire_type type = 0;
  std::uint32_t deadline_ms = 0; ///< Left when the frame was sent; 0: none.
  std::uint64_t target = 0;
  std::uint64_t source = 0;
  std::uint64_t request_id = 0;
  std::uint64_t seq = 0;
  std::uint64_t attachment_bytes = 0;

  friend bool operator==(const envelope&, const envelope&) = default;
};
inline constexpr std::size_t envelope_bytes = 48;
inline constexpr std::uint8_t envelope_version = 1;

void write_envelope(const envelope& what, bytes& out);

/// The frame itself, at the end of `out`.
void write_frame(const envelope& head, bytes_view body, bytes& out);

/// How much larger a batch becomes by a frame; an empty one by its own envelope too.
[[nodiscard]] constexpr std::size_t batched_frame_bytes(bytes_view body) {
  return sizeof(std::uint32_t) + envelope_bytes + body.size();
}

/// Appends a frame to a batch: begin with an empty one.
void append_to_batch(bytes& batch, const envelope& head, bytes_view body);

/// Takes the next frame off `rest`, which begins as what follows the batch's envelope.
/// Errors: malformed (a length beyond the end).
[[nodiscard]] result<bytes_view> next_of_batch(bytes_view& rest);

/// Errors: malformed (cut, unknown version or kind).
[[nodiscard]] result<envelope> read_envelope(bytes_view frame);

struct named_actor {
  std::string name;
  std::uint64_t actor = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "name", &named_actor::name), field(2, "actor", &named_actor::actor)};
  }
};

struct hello_body {
  std::uint32_t protocol = 0;
  node_ref node;
  std::string name;
  std::string cluster;
  std::uint64_t nonce = 0;
  std::uint64_t answers = 0; ///< The other's nonce; 0: the first to speak.
  std::vector<std::string> endpoints;
  std::vector<std::uint16_t> types; ///< Message types it knows.
  std::vector<named_actor> named;
  std::uint64_t control_window_bytes = 0;
  std::uint64_t bulk_window_bytes = 0;
  std::uint64_t features = 0; ///< Of `feature`, what it can take.
  bytes certificate;          ///< Where links are authenticated; keys::certificate, signed.
  bytes bulk_secret;          ///< The same; seals what comes by the sender's bulk lane.
  node_ref meant;             ///< Of a call: whom it wants; none: whoever listens there.

  static constexpr auto fields() {
    return std::tuple{field(1, "protocol", &hello_body::protocol),
                      field(2, "node", &hello_body::node),
                      field(3, "name", &hello_body::name),
                      field(4, "cluster", &hello_body::cluster),
                      field(5, "nonce", &hello_body::nonce),
                      field(6, "answers", &hello_body::answers),
                      field(7, "endpoints", &hello_body::endpoints, 16),
                      field(8, "types", &hello_body::types, 4096),
                      field(9, "named", &hello_body::named, 256),
                      field(10, "control_window_bytes", &hello_body::control_window_bytes),
                      field(11, "bulk_window_bytes", &hello_body::bulk_window_bytes),
                      field(12, "features", &hello_body::features),
                      field(13, "certificate", &hello_body::certificate, 4096),
                      field(14, "bulk_secret", &hello_body::bulk_secret, 32),
                      field(15, "meant", &hello_body::meant)};
  }
};
inline constexpr std::uint32_t bus_protocol = 1;

/// What nodes learned since the first protocol; used towards those only that say so.
namespace feature {
inline constexpr std::uint64_t batches = 1;
inline constexpr std::uint64_t large_chunks = 2; ///< chunk_bytes_max instead of chunk_bytes_old.
inline constexpr std::uint64_t probes = 4;       ///< And pings that say when the next one comes.
inline constexpr std::uint64_t all = batches | large_chunks | probes;
} // namespace feature

/// How much of what came has been destroyed since the session began.
struct credit_body {
  std::uint64_t control_bytes = 0;
  std::uint64_t bulk_bytes = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "control_bytes", &credit_body::control_bytes),
                      field(2, "bulk_bytes", &credit_body::bulk_bytes)};
  }
};

/// Of a ping; older nodes send none.
struct ping_body {
  std::uint32_t next_ms = 0;        ///< When the next one comes; 0: not said.
  std::uint32_t pool_silent_ms = 0; ///< How long the sender's actors have not run.

  static constexpr auto fields() {
    return std::tuple{field(1, "next_ms", &ping_body::next_ms),
                      field(2, "pool_silent_ms", &ping_body::pool_silent_ms)};
  }
};

[[nodiscard]] bytes encode_ping(const ping_body& what);
[[nodiscard]] result<ping_body> decode_ping(bytes_view body);
[[nodiscard]] bytes encode_node(const node_ref& what);
[[nodiscard]] result<node_ref> decode_node(bytes_view body);
[[nodiscard]] bytes encode_hello(const hello_body& what);
[[nodiscard]] result<hello_body> decode_hello(bytes_view body);
[[nodiscard]] bytes encode_credit(const credit_body& what);
[[nodiscard]] result<credit_body> decode_credit(bytes_view body);
[[nodiscard]] bytes encode_error(error what); ///< Text is made fit for the wire.
[[nodiscard]] error decode_error(bytes_view body);

} // namespace troupe
