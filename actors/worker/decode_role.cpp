// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/worker/decode_role.hpp"

#include "actors/core/answer.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

std::optional<error> decode_role::refusal(const generate& what, const stream_start& one) const {
  if (auto why = shared_.refusal(role_decode, what.who)) {
    return why;
  }
  if (what.prompt.empty() || one.delivered.size() >= what.max_tokens) {
    return error{errc::invalid_value, "a prompt and room for a token are needed",
                 what.prompt.empty() ? "prompt" : "max_tokens"};
  }
  if (what.prompt.size() + one.delivered.size() >= shared_.config.card->context_tokens_max) {
    return error{errors::prompt_too_long,
                 "the prompt fills the context; shorten it or choose another model", "prompt"};
  }
  if (streams_.size() >= shared_.config.limits.streams_max) {
    return error{errors::no_capacity, "the worker holds as many streams as it may; place elsewhere",
                 "", true};
  }
  return std::nullopt;
}

std::optional<error> decode_role::refusal(const embed& what) const {
  if (auto why = shared_.refusal(role_decode, what.who)) {
    return why;
  }
  if (what.prompt.empty() || what.pooling == pooling_kind::none) {
    return error{errc::invalid_value, "a prompt and how to pool it are needed",
                 what.prompt.empty() ? "prompt" : "pooling"};
  }
  if (what.prompt.size() > shared_.config.card->context_tokens_max) {
    return error{errors::prompt_too_long,
                 "the prompt is longer than the context; shorten it or choose another model",
                 "prompt"};
  }
  if (streams_.size() >= shared_.config.limits.streams_max) {
    return error{errors::no_capacity, "the worker holds as many streams as it may; place elsewhere",
                 "", true};
  }
  return std::nullopt;
}

bool decode_role::is_new(const actor_ref& gateway, stream_id stream, attempt_id attempt,
                         context& cx) {
  const auto known = streams_.find({gateway, stream});
  if (known != streams_.end() && known->second.attempt >= attempt) {
    return false;
  }
  if (known != streams_.end()) {
    erase(known, true, cx);
  }
  return true;
}

void decode_role::on(const embed& what, context& cx) {
  if (!is_new(cx.sender(), what.stream, what.attempt, cx)) {
    cx.out.respond(*cx.from, error{errc::cancelled, "this attempt is here already, or is over"});
    return;
  }
  if (auto why = refusal(what)) {
    cx.out.respond(*cx.from, std::move(*why));
    return;
  }
  shared_.watches.add(cx.sender(), cx.out);
  const auto it = streams_.emplace(key{cx.sender(), what.stream}, decode_stream{}).first;
  auto& made = it->second;
  made.attempt = what.attempt;
  made.request = what.request;
  made.who = what.who;
  made.cls = what.cls;
  made.alone_until = what.alone_until;
  made.prompt_tokens = static_cast<std::uint32_t>(what.prompt.size());
  made.give_up = cx.now + shared_.config.limits.capacity_wait;
  made.asked = address_of(*cx.from);
  made.spec = {.request = what.request,
               .prompt = what.prompt,
               .namer = shared_.namer_of(what.who),
               .cls = what.cls == work_class::batch ? engine::work_class::batch
                                                    : engine::work_class::interactive,
               .priority = what.priority,
               .pooling = what.pooling};
  waiting_.insert(it->first);
  reserve(it, cx);
}

void decode_role::on(const generate& what, context& cx) {
  for (const auto& one : what.streams) {
    if (!is_new(cx.sender(), one.stream, one.attempt, cx)) {
      continue;
    }
    if (auto why = refusal(what, one)) {
      refuse(cx.sender(), one.stream, one.attempt, std::move(*why), cx);
    } else {
      admit(what, one, cx);
    }
  }
}

void decode_role::admit(const generate& what, const stream_start& one, context& cx) {
  shared_.watches.add(cx.sender(), cx.out);
  const auto it = streams_.emplace(key{cx.sender(), one.stream}, decode_stream{}).first;
  auto& made = it->second;
  made.attempt = one.attempt;
  made.request = what.request;
  made.who = what.who;
  made.cls = what.cls;
  made.prefill = what.prefill;
  made.credit = one.credit;
  made.alone_until = what.alone_until;
  made.prompt_tokens = static_cast<std::uint32_t>(what.prompt.size());
  made.give_up = cx.now + shared_.config.limits.capacity_wait;
  made.spec = {.request = what.request,
               .prompt = what.prompt,
               .delivered = one.delivered,
               .how = what.how,
               .rules = what.rules,
               .choice = one.choice,
               .max_tokens = what.max_tokens,
               .stop_tokens = what.stop_tokens,
               .namer = shared_.namer_of(what.who),
               .cls = what.cls == work_class::batch ? engine::work_class::batch
                                                    : engine::work_class::interactive,
               .priority = what.priority,
               .scored = one.scored};
  waiting_.insert(it->first);
  reserve(it, cx);
}

void decode_role::refuse(const actor_ref& gateway, stream_id stream, attempt_id attempt, error why,
                         context& cx) {
  cx.out.tell(gateway, generate_refused{.streams = {stream},
                                        .attempt = attempt,
                                        .why = std::move(why),
                                        .report = shared_.reports.current()});
}

void decode_role::turn_away(table::iterator it, error why, context& cx) {
  const auto [gateway, stream] = it->first;
  const auto attempt = shown(it->second);
  if (const auto asked = std::exchange(it->second.asked, std::nullopt)) {
    cx.out.respond(*asked, std::move(why));
    erase(it, false, cx);
    return;
  }
  erase(it, false, cx);
  refuse(gateway, stream, attempt, std::move(why), cx);
}

void decode_role::reserve(table::iterator it, context& cx) {
  auto& stream = it->second;
  stream.spec.id = shared_.engine.fresh_sequence();
  stream.spec.credit_up_to = stream.credit;
  if (!shared_.engine.try_new(engine::reserve{stream.spec})) {
    no_capacity(it, {errors::no_capacity, "the engine is busy; place elsewhere", "", true}, cx);
    return;
  }
  stream.at = stage::reserving;
  waiting_.erase(it->first);
  by_sequence_[stream.spec.id] = it->first;
}

void decode_role::no_capacity(table::iterator it, error why, context& cx) {
  auto& stream = it->second;
  if (stream.give_up <= cx.now) {
    turn_away(it, std::move(why), cx);
    return;
  }
  stream.at = stage::waiting;
  stream.requeued = true;
  stream.retry = std::min(cx.now + shared_.config.limits.capacity_retry, stream.give_up);
  waiting_.insert(it->first);
}

void decode_role::on(const cancel& what, context& cx) {
  const auto it = find(cx.sender(), what.stream, what.attempt);
  if (it != streams_.end()) {
    erase(it, true, cx);
  }
}

void decode_role::on(const stream_credit& what, context& cx) {
  const auto it = find(cx.sender(), what.stream, what.attempt);
  if (it == streams_.end() || what.up_to <= it->second.credit) {
    return;
  }
  it->second.credit = what.up_to;
  if (it->second.at != stage::waiting) {
    shared_.engine.give_credit(it->second.spec.id, what.up_to);
  }
}

void decode_role::on(const stream_query& what, context& cx) {
  const auto it = find(cx.sender(), what.stream, what.attempt);
  if (it != streams_.end()) {
    cx.out.tell(cx.sender(), stream_state{.stream = what.stream,
                                          .attempt = shown(it->second),
                                          .phase = it->second.told});
    return;
  }
  stream_end end{.kind = stream_end_kind::failed,
                 .why = {errc::not_found, "the worker does not hold this attempt", "", true}};
  cx.out.tell(cx.sender(), tokens{.entries = {{what.stream, what.attempt, 0, {}, std::move(end)}}});
}

void decode_role::gateway_down(const actor_ref& who, context& cx) {
  auto it = streams_.lower_bound({who, {}});
  while (it != streams_.end() && it->first.gateway == who) {
    const auto next = std::next(it);
    erase(it, true, cx);
    it = next;
  }
}

void decode_role::tick(context& cx) {
  const auto waiting = waiting_;
  for (const auto& which : waiting) {
    const auto it = streams_.find(which);
    if (it->second.retry <= cx.now) {
      reserve(it, cx);
    }
  }
}

std::optional<time_point> decode_role::next_wake() const {
  std::optional<time_point> first;
  for (const auto& which : waiting_) {
    first = earlier(first, streams_.at(which).retry);
  }
  return first;
}

decode_role::table::iterator decode_role::find(engine::sequence_id id) {
  const auto it = by_sequence_.find(id);
  return it == by_sequence_.end() ? streams_.end() : streams_.find(it->second);
}

decode_role::table::iterator decode_role::find(const actor_ref& gateway, stream_id stream,
                                               attempt_id attempt) {
  const auto it = streams_.find({gateway, stream});
  return it != streams_.end() && it->second.attempt == attempt ? it : streams_.end();
}

void decode_role::erase(table::iterator it, bool cancel_sequence, context& cx) {
  const auto sequence = it->second.spec.id;
  if (by_sequence_.erase(sequence) > 0) {
    fills_.drop(sequence, cx);
    if (cancel_sequence) {
      shared_.engine.end(sequence);
    }
  }
  offers_.unwatch(sequence);
  if (it->second.asked) {
    cx.out.respond(
        *it->second.asked,
        error{errc::cancelled, "the attempt ended before its embedding was made", "", true});
  }
  waiting_.erase(it->first);
  shared_.watches.drop(it->first.gateway, cx.out);
  streams_.erase(it);
}

std::uint32_t decode_role::waiting() const {
  return static_cast<std::uint32_t>(waiting_.size());
}

std::uint64_t decode_role::waiting_tokens() const {
  std::uint64_t sum = 0;
  for (const auto& which : waiting_) {
    sum += streams_.at(which).prompt_tokens;
  }
  return sum;
}

void decode_role::check_invariants() const {
  TROUPE_CHECK(streams_.size() <= shared_.config.limits.streams_max);
  TROUPE_CHECK(streams_.size() == by_sequence_.size() + waiting_.size());
  for (const auto& [which, stream] : streams_) {
    TROUPE_CHECK((stream.at == stage::waiting) == waiting_.contains(which));
    if (stream.at != stage::waiting) {
      TROUPE_CHECK(by_sequence_.at(stream.spec.id) == which);
      TROUPE_CHECK((stream.at == stage::filling) == fills_.is_moving(stream.spec.id));
    }
  }
}

} // namespace troupe
