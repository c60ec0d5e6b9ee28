// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/simulation/light_actor.hpp"
#include "actors/simulation/light_node.hpp"
#include "actors/simulation/talk_checks.hpp"
#include "runtime/base/rng.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// How talkers talk; one per seed.
struct talk_habits {
  duration gap = 300ms;                ///< Between acts of one talker, on the average.
  std::size_t padding_max = 512;       ///< Of a message.
  std::size_t attachment_max = 16'384; ///< At least 1.
  duration hold_max = 200ms;           ///< How long some messages are kept after they were read.
  std::uint32_t burst_max = 12;
  bool talks = true;
};

/// An actor that says all kinds of things to others of the cluster at random, keeps some of what it
/// hears for a while, and sees to it that the bus keeps its promises (talk_checks.hpp).
/// Thread: the driver's.
class talker final : public light_actor {
public:
  talker(light_node& home, const actor_ref& self, talk_checks& checks, const talk_habits& habits,
         std::uint64_t seed);

  void on(const delivery& what) override;
  void on(const down& what) override;
  void wake() override;

  /// Its node does not run its actors before then, nor for a moment after.
  void excuse(time_point until) { excused_until_ = std::max(excused_until_, until); }
  /// The session ended: whoever was watched over it has been told of (T4).
  void session_ended(const peer_down& what) const;
  /// T3, T4, T7: what is left though nobody talks any more; `runs` says which actors live.
  void check_quiet(const std::function<bool(const actor_ref&)>& runs) const;

private:
  struct asked {
    actor_ref whom;
    talk_mark mark;
    time_point deadline;
    std::uint64_t bound_to = 0; ///< A session, by the ref that was used.
  };

  void act();
  void tell(const actor_ref& to);
  void burst(const actor_ref& to);
  void tell_state(const actor_ref& to);
  void tell_free(const actor_ref& to);
  void tell_bulk(const actor_ref& to);
  void ask(const actor_ref& to, bool with_deadline);
  void ask_newer(const actor_ref& to);
  void watch_or_not(const actor_ref& who);
  void answer(const delivery& question, const talk_mark& mark);
  void answered(const delivery& what);
  void keep(const delivery& what, duration how_long);
  void plan_act();

  template <class M>
  void say(const actor_ref& to, M what, talk_checks::kind kind);
  [[nodiscard]] actor_ref somebody();
  [[nodiscard]] std::string padding();
  [[nodiscard]] duration draw_time(duration most) {
    return duration{1us} * draws_.below(static_cast<std::uint64_t>(most / 1us));
  }
  [[nodiscard]] time_point now() const { return home_.now(); }

  light_node& home_;
  actor_ref self_;
  talk_checks& checks_;
  const talk_habits& habits_;
  rng draws_;
  rng newer_draws_; ///< Of requests that some are too old for.
  time_point next_act_;
  time_point excused_until_;
  std::uint64_t last_request_ = 0;
  std::map<std::uint64_t, asked> open_;
  std::map<actor_ref, std::uint64_t> watches_; ///< The session that they were asked for by.
  std::deque<actor_ref> met_; ///< Named in messages, bound to their session; maybe gone.
  std::multimap<time_point, delivery> kept_;
  std::multimap<time_point, delivery> questions_;
};

} // namespace troupe
