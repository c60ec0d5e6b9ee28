// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/gateway_core.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>

namespace troupe {

namespace {

/// A worker that answers queries but makes no token is left after so many silences.
constexpr int silences_max = 3;

bool is_expected_to_run(const gateway_stream& s) {
  return s.phase == stream_phase::running && s.credit > s.accepted.size();
}

} // namespace

void gateway_core::arm(stream& s, time_point when) {
  if (when >= s.wake_at) {
    return; // the earlier wake-up will arm again
  }
  if (s.wake_at != time_point::max()) {
    wakes_.erase({s.wake_at, s.id});
  }
  s.wake_at = when;
  wakes_.emplace(when, s.id);
}

time_point gateway_core::next_due(const stream& s) const {
  const auto deadline = clients_.at(s.client).deadline;
  if (!s.at_worker()) {
    return std::min(deadline, s.peer ? s.peer_at + config_.place_timeout : s.retry_at);
  }
  if (s.queried_at) {
    return std::min(deadline, *s.queried_at + config_.query_timeout);
  }
  auto due = std::min(deadline, s.heard_at + config_.silence_max);
  if (is_expected_to_run(s)) {
    due = std::min(due, s.token_at + config_.silence_max * silences_max);
  }
  return due;
}

void gateway_core::tick(context& cx) {
  cards_.tick(cx);
  spread_word(cx);
  std::vector<stream_id> due;
  while (!wakes_.empty() && wakes_.begin()->first <= cx.now) {
    const auto id = wakes_.begin()->second;
    wakes_.erase(wakes_.begin());
    streams_.at(id).wake_at = time_point::max();
    due.push_back(id);
  }
  for (const auto id : due) {
    if (const auto found = streams_.find(id); found != streams_.end()) {
      watch(found->second, cx);
    }
  }
}

void gateway_core::watch(stream& s, context& cx) {
  if (client_of(s).deadline <= cx.now) {
    fail(s.client,
         {.code = errc::timeout,
          .text = "the request did not finish within its time limit; ask for fewer tokens or retry",
          .retryable = true},
         cx);
    return;
  }
  if (!s.at_worker()) {
    if (!s.peer && s.retry_at <= cx.now) {
      place_now(s, cx);
      return;
    }
    if (s.peer && s.peer_at + config_.place_timeout <= cx.now) {
      view_.rest_router(s.peer, cx.now + config_.router_rest);
      replace(s,
              {.code = errc::timeout,
               .text = "no router answered in time; retry later",
               .retryable = true},
              charge::nobody, cx);
      return;
    }
    arm(s, next_due(s));
    return;
  }
  const bool unanswered = s.queried_at && *s.queried_at + config_.query_timeout <= cx.now;
  const bool stuck =
      is_expected_to_run(s) && s.token_at + config_.silence_max * silences_max <= cx.now;
  if (unanswered || stuck) {
    replace(s,
            {.code = errc::timeout,
             .text = "the worker makes no tokens; retry later",
             .retryable = true},
            charge::request, cx);
    return;
  }
  if (!s.queried_at && s.heard_at + config_.silence_max <= cx.now) {
    s.queried_at = cx.now;
    cx.out.tell(s.peer, stream_query{.stream = s.id, .attempt = s.attempt});
  }
  arm(s, next_due(s));
}

void gateway_core::on_down(const actor_ref& who, const error& why, context& cx) {
  view_.rest_router(who, cx.now + config_.router_rest);
  const auto entry = peers_.find(who);
  if (entry == peers_.end()) {
    return;
  }
  const auto lost = entry->second;
  peers_.erase(entry);
  for (const auto id : lost) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) {
      continue; // ended with a sibling
    }
    auto& s = found->second;
    const auto reason = why.code == errc::none || why.text.empty()
                            ? error{.code = errc::peer_gone,
                                    .text = "the worker ended; retry later",
                                    .retryable = true}
                            : why;
    const auto whom = s.at_worker() ? charge::link : charge::nobody;
    s.peer = {};
    replace(s, reason, whom, cx);
  }
}

std::optional<time_point> gateway_core::next_wake() const {
  auto soonest = cards_.next_wake();
  const auto sooner = [&](time_point at) {
    soonest = soonest ? std::min(*soonest, at) : at;
  };
  if (!wakes_.empty()) {
    sooner(wakes_.begin()->first);
  }
  if (const auto word = word_.next_wake(quarantine_.last_no()); word && !mutants_.word_kept) {
    sooner(*word);
  }
  return soonest;
}

void gateway_core::check_invariants() const {
  TROUPE_CHECK(streams_.size() <= config_.streams_max);
  std::size_t open = 0;
  for (const auto& [id, whose] : clients_) {
    TROUPE_CHECK(!whose.open.empty());
    open += whose.open.size();
  }
  TROUPE_CHECK(open == streams_.size());
  std::size_t attached = 0;
  for (const auto& [peer, ids] : peers_) {
    attached += ids.size();
  }
  std::size_t with_peer = 0;
  std::size_t armed = 0;
  for (const auto& [id, s] : streams_) {
    const auto whose = clients_.find(s.client);
    TROUPE_CHECK(whose != clients_.end());
    TROUPE_CHECK(std::ranges::find(whose->second.open, id) != whose->second.open.end());
    TROUPE_CHECK(s.accepted.size() < whose->second.what->max_tokens);
    TROUPE_CHECK(!s.at_worker() || s.peer);
    TROUPE_CHECK(s.wake_at == time_point::max() || wakes_.contains({s.wake_at, id}));
    TROUPE_CHECK(s.wake_at <= next_due(s) || next_due(s) == time_point::max());
    with_peer += s.peer ? 1 : 0;
    armed += s.wake_at != time_point::max() ? 1 : 0;
  }
  TROUPE_CHECK(attached == with_peer);
  TROUPE_CHECK(armed == wakes_.size());
  word_.check_invariants(quarantine_.last_no());
}

} // namespace troupe
