// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/envelope.hpp"
#include "runtime/bus/link.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

/// A node's bus without ZeroMQ, among four processes that say whatever bytes a script makes them
/// say. Any bytes are a script, so that a fuzzer may write it.
///
/// The first byte's lowest bit: links are authenticated, and the fourth process has no certificate.
/// Then steps: a byte whose low four bits say which, whose high bits say who, then its operands.
namespace troupe::test {

enum class script_step : std::uint8_t {
  frame = 0,   ///< lane and repairs, u16 size, bytes; on the bulk lane also u16 size, bytes.
  hello = 1,   ///< Flags of what is wrong with it.
  ready = 2,   ///< To the session that the last hello to that process began.
  message = 3, ///< kind, u16 type, target, request id, u16 attachment, u16 size, body.
  piece = 4,   ///< seq of the message, u16 offset, u16 total, u16 size.
  time = 5,    ///< u16 milliseconds pass, then the bus wakes.
  flush = 6,   ///< The transport's thread is free.
  lost = 7,    ///< The last link to that process breaks.
  clog = 8,    ///< Links take nothing from now on, or again.
  say = 9,     ///< An actor here sends: kind, target.
  watch = 10,  ///< An actor here watches, or does so no more.
  end_actor = 11,
  dial = 12,
  last = 12,
};

namespace hello_flaw {
inline constexpr std::uint8_t answers = 1; ///< No flaw: it answers our last hello.
inline constexpr std::uint8_t other_cluster = 2;
inline constexpr std::uint8_t other_node = 4;
inline constexpr std::uint8_t no_endpoints = 8;
inline constexpr std::uint8_t earlier = 16; ///< A nonce below the last one.
inline constexpr std::uint8_t modern = 32;  ///< No flaw: it takes batches and large pieces.
inline constexpr std::uint8_t tiny_window = 64;
inline constexpr std::uint8_t borrowed = 128; ///< Another's certificate.
} // namespace hello_flaw

namespace frame_repair {
inline constexpr std::uint8_t bulk = 1;     ///< The lane.
inline constexpr std::uint8_t next_seq = 2; ///< The envelope's version and number are made right.
} // namespace frame_repair

struct script_outcome {
  std::string broken; ///< What may never be; empty: all is well.
  std::uint64_t steps = 0;
  std::uint64_t ups = 0;       ///< Sessions that came up.
  std::uint64_t delivered = 0; ///< Messages to actors here.
  std::uint64_t answered = 0;  ///< Requests of actors here.
  std::uint64_t downs = 0;
  std::uint64_t sent = 0; ///< Frames.
};

[[nodiscard]] script_outcome run_bus_script(bytes_view script);

/// Writes scripts.
class script_writer {
public:
  explicit script_writer(bool authenticated) { put(authenticated ? 1 : 0); }

  script_writer& step(script_step what, unsigned who = 0) {
    return put(static_cast<unsigned>(what) | (who << 4U));
  }
  script_writer& put(unsigned byte) {
    script_.push_back(static_cast<std::byte>(byte));
    return *this;
  }
  script_writer& put16(std::size_t value) {
    return put(static_cast<unsigned>(value & 0xFFU)).put(static_cast<unsigned>(value >> 8U));
  }
  script_writer& put_bytes(bytes_view data) {
    put16(data.size());
    script_.insert(script_.end(), data.begin(), data.end());
    return *this;
  }

  script_writer& hello(unsigned who, std::uint8_t flaws) {
    return step(script_step::hello, who).put(flaws);
  }
  script_writer& ready(unsigned who) { return step(script_step::ready, who); }
  script_writer& meet(unsigned who, std::uint8_t flaws = 0) { return hello(who, flaws).ready(who); }
  script_writer& frame(unsigned who, const envelope& head, bytes_view body,
                       std::uint8_t repairs = frame_repair::next_seq);
  script_writer& message(unsigned who, frame_kind kind, wire_type type, unsigned target,
                         unsigned id, bytes_view body, std::size_t attachment = 0);
  script_writer& piece(unsigned who, unsigned of, std::size_t offset, std::size_t total,
                       std::size_t size) {
    return step(script_step::piece, who).put(of).put16(offset).put16(total).put16(size);
  }
  script_writer& time(std::size_t ms) { return step(script_step::time).put16(ms); }

  [[nodiscard]] bytes done() { return std::exchange(script_, {}); }

private:
  bytes script_;
};

} // namespace troupe::test
