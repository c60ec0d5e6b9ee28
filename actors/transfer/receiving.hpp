// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/transfer/transfer_counts.hpp"
#include "messages/transfer.hpp"
#include "runtime/bus/actor_ref.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace troupe {

/// The receiving end of transfers: which parts count. A transfer is open until it is closed, then
/// closing until every part handed on has been answered, then gone; its number is never reused.
///
/// A part counts only of an open transfer, from the one sender allowed and in the session that its
/// first part came by, in the right layout, of an expected ordinal under its expected name, once.
///
/// Role: part of a core that receives blocks; sends nothing itself. Thread: inside the actor.
/// Cost: O(log transfers) per part. Applies: I-5, I-6, I-7.
/// Checked: test/unit/transfer/receiving_test.cpp
class receiving {
public:
  struct bounds {
    std::uint32_t transfers_max = 256;
    std::uint32_t pending_parts_max = 32; ///< Of one transfer: handed on, not answered.
  };
  struct spec {
    actor_ref sender;
    layout_id layout;
    std::uint32_t first_ordinal = 0;
    std::vector<block_name> expected; ///< Of ordinals first_ordinal, first_ordinal + 1, ...
  };

  /// `me` is whose numbers these are: actors of one process share an incarnation.
  receiving(const actor_ref& me, bounds limits);

  /// Nothing: the table is full.
  [[nodiscard]] std::optional<transfer_id> open(spec what);

  /// Whether the part counts; if so the caller hands it on and calls `answered` once. A part that
  /// does not is dropped by the caller, with a `part_ack` not taken.
  [[nodiscard]] bool accept(const part& what, const actor_ref& from);
  void answered(transfer_id id, std::uint32_t ordinal, bool ok);

  /// The sender says that it has pushed `parts` in all. False: not of an open transfer of his.
  bool announced(transfer_id id, const actor_ref& from, std::uint32_t parts);

  [[nodiscard]] bool is_open(transfer_id id) const;
  [[nodiscard]] bool is_known(transfer_id id) const { return table_.contains(id); }
  /// Nothing more can come of it: every expected part is answered, or all announced ones are.
  [[nodiscard]] bool is_settled(transfer_id id) const;
  [[nodiscard]] std::uint32_t pending(transfer_id id) const;
  [[nodiscard]] std::uint32_t taken(transfer_id id) const; ///< Answered with ok.
  [[nodiscard]] bool is_from(transfer_id id, const actor_ref& who) const;

  /// No part counts any more. It stays known while answers are outstanding.
  void close(transfer_id id);
  /// Gone at once, whatever is outstanding. Returns the ordinals that were not answered.
  std::vector<std::uint32_t> forget(transfer_id id);

  [[nodiscard]] std::vector<transfer_id> open_from(const actor_ref& sender) const;
  [[nodiscard]] std::size_t size() const { return table_.size(); }
  [[nodiscard]] const transfer_counts& counts() const { return counts_; }
  void check_invariants() const;

private:
  enum class part_state : std::uint8_t { expected, pending, taken, failed };
  struct incoming {
    spec what;
    std::vector<part_state> parts;
    std::uint32_t arrived = 0; ///< Parts of the sender, dropped ones too.
    std::uint32_t pending = 0;
    std::uint32_t taken = 0;
    std::uint32_t failed = 0;
    std::optional<std::uint32_t> announced;
    bool open = true;
  };

  [[nodiscard]] const incoming* find(transfer_id id) const;
  void erase_if_over(transfer_id id);

  bounds limits_;
  incarnation self_;
  std::uint64_t next_number_;
  std::map<transfer_id, incoming> table_;
  transfer_counts counts_; ///< Bytes: of parts that counted.
};

} // namespace troupe
