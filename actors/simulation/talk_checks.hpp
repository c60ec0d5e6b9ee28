// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/simulation/talk.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/error.hpp"
#include "runtime/bus/message.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// What must hold of every message between actors, whatever happens to links and processes:
///
///   T1 of one sender, a receiver handles each message at most once and in order, kind by kind;
///      within a session none is missing that the bus took, but state that newer state replaced
///      and answers that came late, and what the receiver is too old for;
///   T2 what is handled was meant for this actor of this incarnation, comes from whom it says by a
///      session that stands, and not from a former incarnation after one of a newer;
///   T3 every request is answered exactly once: in time, or by an error at its deadline;
///   T4 every watch tells once, and not after it was taken back;
///   T5 no session has more in flight than was granted, and an attachment is what was sent;
///   T6 when one side ends a session, the other does soon;
///   T7 when all is quiet nothing is left: sessions' credit, waiting messages, requests, watches;
///   T8 no session ends while nothing happens to anybody;
///   T9 a ref learned in a session does not outlive it.
///
/// This class keeps what talkers sent and handled (T1, T2); the others are asked where they show.
/// Thread: the driver's. Checked: test/sim/bus_test.cpp, test/sim/bus_mutants_test.cpp
class talk_checks {
public:
  enum class kind : std::uint8_t { ordered, state, free, bulk, answer, newer };

  explicit talk_checks(std::function<void(const std::string&)> fail) : fail_(std::move(fail)) {}

  /// A process started: its incarnation is newer than all before.
  void born(const node_ref& who) { births_[who] = births_.size() + 1; }

  /// The next message of that kind.
  [[nodiscard]] talk_mark next(const actor_ref& from, const actor_ref& to, kind what);
  /// The bus did not take it: it may be missing.
  void refused(const talk_mark& mark, kind what);

  void handled(const actor_ref& by, const delivery& how, const talk_mark& mark, kind what);

  void fail(const std::string& what) const { fail_(what); }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }

private:
  struct stream {
    std::uint64_t sent = 0;
    std::uint64_t handled = 0;
    std::uint64_t session = 0; ///< Of the receiver, of the last one handled.
    std::vector<std::uint64_t> refused;
  };
  struct pair_of {
    std::array<stream, 6> streams;
  };

  [[nodiscard]] stream& of(const actor_ref& from, const actor_ref& to, kind what) {
    return pairs_[{from, to}].streams[static_cast<std::size_t>(what)];
  }

  std::function<void(const std::string&)> fail_;
  std::map<std::pair<actor_ref, actor_ref>, pair_of> pairs_;
  std::map<node_ref, std::uint64_t> births_;
  std::map<std::pair<node_ref, node_id>, std::uint64_t> newest_; ///< Heard, by receiver and name.
  std::uint64_t messages_ = 0;
};

[[nodiscard]] std::string text_of(const actor_ref& who);

} // namespace troupe
