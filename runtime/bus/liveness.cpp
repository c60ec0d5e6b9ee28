// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/liveness.hpp"

#include <algorithm>

namespace troupe {

namespace {

constexpr duration expected_min = 5ms;

} // namespace

void liveness::heard(time_point now) {
  heard_ = now;
  suspected_ = false;
  vouched_ = false;
}

void liveness::told(const ping_body& what) {
  if (what.next_ms > 0) {
    expected_ = std::clamp<duration>(std::chrono::milliseconds(what.next_ms), expected_min,
                                     limits_.silence_max / 2);
  }
  pool_silent_ = std::chrono::milliseconds(what.pool_silent_ms);
}

void liveness::vouched() {
  vouched_ = suspected_;
}

// What came meanwhile is read after the pause and counts as heard then: nothing to forgive.
void liveness::own_pause(duration how, time_point now) {
  heard_ = std::max(heard_, std::min(heard_ + how, now));
}

liveness::verdict liveness::judge(time_point now) {
  const auto silent = now - heard_;
  if (pool_is_stuck() || silent >= limits_.silence_max
      || (says_when() && !vouched_ && silent >= dead_after())) {
    return verdict::dead;
  }
  if (says_when() && !suspected_ && silent >= suspect_after()) {
    suspected_ = true;
    return verdict::suspect;
  }
  return verdict::fine;
}

std::string_view liveness::why_dead(time_point now) const {
  if (pool_is_stuck()) {
    return "the peer's actors do not run";
  }
  return now - heard_ >= limits_.silence_max ? "the peer went silent"
                                             : "the peer went silent, and no other node hears it";
}

time_point liveness::next_wake() const {
  const auto last = heard_ + limits_.silence_max;
  if (!says_when() || vouched_) {
    return last;
  }
  return std::min(last, heard_ + (suspected_ ? dead_after() : suspect_after()));
}

bool liveness::hears(time_point now) const {
  return !pool_is_stuck()
         && now - heard_ < (says_when() ? expected_ : limits_.heartbeat) + fresh_within;
}

} // namespace troupe
