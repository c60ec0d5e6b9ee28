// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/error.hpp"
#include "runtime/bus/actor_ref.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What carries frames between two processes: ZeroMQ (link_zmq.hpp) or the simulated network
/// (sim_network.hpp). A link is one direction; each side of a session opens one to the other.
namespace troupe {

/// Which of a link's two ordered, independent ways. Only attachment bytes go by bulk.
enum class lane : std::uint8_t { control = 0, bulk = 1 };
inline constexpr std::size_t lane_count = 2;

/// Largest piece of an attachment in one bulk frame, and what older nodes take.
inline constexpr std::size_t chunk_bytes_max = std::size_t{4} << 20U;
inline constexpr std::size_t chunk_bytes_old = std::size_t{256} << 10U;

/// Names one side of one session; frames arrive labelled with their sender's.
struct origin {
  node_ref node;
  std::uint64_t nonce = 0; ///< Ascends within an incarnation; its low half is random.

  friend auto operator<=>(const origin&, const origin&) = default;
};

/// The key that a frame's connection has proved, as keys::to_text; zeros: none.
using sender_key = std::array<char, 43>;

struct frame {
  blob head;           ///< Envelope and body.
  blob bulk;           ///< Bytes of an attachment, passed without copying.
  sender_key sender{}; ///< Set by the transport on arrival.
};

using link_no = std::uint64_t; ///< Never reused; 0 is none.

/// What a transport tells its bus. Thread: the transport's, one call at a time; but `run_here` may
/// still run when the next call comes.
class link_events {
public:
  link_events() = default;
  link_events(const link_events&) = delete;
  link_events& operator=(const link_events&) = delete;
  virtual ~link_events() = default;

  virtual void on_frame(const origin& from, lane way, frame data) = 0;
  virtual void on_lost(link_no link, const error& why) = 0; ///< Never connected, or broke.
  virtual void on_wake() = 0;  ///< After `wake`, at `wake_at`, and when a full link may take more.
  virtual void on_flush() = 0; ///< After `flush_soon`.

  /// Of a transport that `lends_thread`: whether events woke actors. They run in this thread by
  /// `begin_runs` and `run_here`, which takes as long as they do, or by `run_elsewhere`.
  [[nodiscard]] virtual bool has_runs() const { return false; }
  virtual void begin_runs() {}
  virtual void run_here() {}
  virtual void run_elsewhere() {}
};

/// Thread: `wake` any; everything else under the bus's lock.
class transport {
public:
  transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  virtual ~transport() = default;

  /// Events begin, and end with `stop`, which returns when no event runs any more. `stop` is called
  /// without the bus's lock.
  virtual void start(link_events& to) = 0;
  virtual void stop() = 0;

  /// Where others reach this process; the bound port where 0 was asked.
  [[nodiscard]] virtual std::vector<std::string> endpoints() const = 0;

  /// Begins connecting both lanes to the first endpoint that is of a kind it knows.
  virtual link_no open(const origin& self, const std::vector<std::string>& endpoints) = 0;

  /// The peer of a link said where it can be reached, the bulk lane perhaps by itself.
  virtual void met(link_no /*link*/, const std::vector<std::string>& /*endpoints*/) {}

  /// False: the link takes nothing now (not connected yet, or full); on_wake comes when it may.
  /// Never drops what it accepted while the link stands.
  virtual bool send(link_no link, lane way, const frame& data) = 0;

  /// Frames already accepted may be lost unless `flush`, which waits a moment for them.
  virtual void close(link_no link, bool flush) = 0;

  virtual void wake() = 0;
  virtual void wake_at(time_point when) = 0; ///< The earliest asked counts.
  virtual void flush_soon() = 0;             ///< on_flush comes very soon: at once if it was not
                                             ///< asked for a moment ago.
  [[nodiscard]] virtual time_point now() const = 0;
  virtual std::uint64_t random() = 0;

  /// Whether actors may run in its thread when it has nothing else to do.
  [[nodiscard]] virtual bool lends_thread() const { return false; }
};

} // namespace troupe
