// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/outbox.hpp"
#include "actors/core/watch_counts.hpp"
#include "actors/transfer/transfer_counts.hpp"
#include "messages/transfer.hpp"
#include "runtime/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace troupe {

/// The sending end of transfers: parts leave in order, at most `window_parts` of a transfer without
/// their `part_ack`; then `transfer_done`. A transfer is gone when its last part is acknowledged,
/// or stopped from either side.
///
/// Role: part of a core that sends blocks. Thread: inside the actor.
/// Memory: what is pushed and has not left; callers push no more while `backlog` is high.
/// Checked: test/unit/transfer/sending_test.cpp
class sending {
public:
  struct bounds {
    std::uint32_t transfers_max = 256;
    std::uint32_t window_parts = 8;
    duration ack_wait = 10s; ///< Without any acknowledgement meanwhile: stopped.
  };

  /// Monitors receivers through `watches`, which must outlive it.
  sending(bounds limits, watch_counts& watches) : limits_(limits), watches_(watches) {}

  /// `asked` is what the receiver said, and is answered by the end. False: full, or known already.
  [[nodiscard]] bool begin(transfer_id id, const delivery& asked, bool foreground, time_point now,
                           outbox& out);

  /// Errors: none; parts of an unknown (stopped) transfer are dropped.
  void push(part what, time_point now, outbox& out);
  /// Nothing more will be pushed. `what.parts` is filled in.
  void finish(transfer_id id, transfer_done what, outbox& out);
  /// Tells the receiver that it ends here, and forgets it.
  void stop(transfer_id id, error why, outbox& out);
  /// The receiver said `transfer_stopped`, or is down. False: not his, or unknown.
  bool stopped(transfer_id id, const actor_ref& from, outbox& out);

  void acked(const part_ack& what, const actor_ref& from, time_point now, outbox& out);

  [[nodiscard]] bool is_known(transfer_id id) const { return table_.contains(id); }
  /// Parts pushed and not acknowledged.
  [[nodiscard]] std::size_t backlog(transfer_id id) const;
  [[nodiscard]] std::vector<transfer_id> to(const actor_ref& receiver) const;
  /// Whether parts of a foreground transfer are on their way or wait.
  [[nodiscard]] bool foreground_busy() const;

  /// Stops what has not been acknowledged for too long. Returns those.
  std::vector<transfer_id> tick(time_point now, outbox& out);
  [[nodiscard]] std::optional<time_point> next_wake() const;

  [[nodiscard]] std::size_t size() const { return table_.size(); }
  [[nodiscard]] const transfer_counts& counts() const { return counts_; }
  void check_invariants() const;

private:
  struct outgoing_transfer {
    delivery asked;
    bool foreground = true;
    std::deque<part> queue;
    std::set<std::uint32_t> unacked;
    std::uint32_t pushed = 0;
    std::optional<transfer_done> end;
    bool end_sent = false;
    time_point heard;
  };
  using table = std::map<transfer_id, outgoing_transfer>;

  void advance(table::iterator it, outbox& out);
  void erase(table::iterator it, outbox& out);

  bounds limits_;
  watch_counts& watches_;
  table table_;
  transfer_counts counts_; ///< Bytes: of parts that left.
};

} // namespace troupe
