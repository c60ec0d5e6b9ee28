// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/gateway_core.hpp"
#include "messages/vocab/block_naming.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/base/hash.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t excluded_max = 16;

identity identity_of(const prepared& what) {
  return {.model = what.text->digest()};
}

std::uint32_t milliseconds(duration d) {
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(d / 1ms, 0, std::numeric_limits<std::int32_t>::max()));
}

/// Failures of the place, not of the request: they cost nobody's budget.
bool is_free_of_charge(errc code) {
  return code == errors::no_capacity || code == errors::draining || code == errors::wrong_model
         || code == errors::no_worker || code == errc::overloaded || code == errc::unknown_type
         || code == errc::none;
}

} // namespace

void gateway_core::attach(stream& s, const actor_ref& peer, context& cx) {
  detach(s);
  s.peer = peer;
  s.peer_at = cx.now;
  const auto [entry, is_new] = peers_.try_emplace(peer);
  entry->second.insert(s.id);
  if (is_new) {
    cx.out.monitor(peer);
  }
}

// The peer stays monitored: the next stream is likely to use it again, and its end empties the row.
void gateway_core::detach(stream& s) {
  if (const auto entry = peers_.find(s.peer); entry != peers_.end()) {
    entry->second.erase(s.id);
  }
  s.peer = {};
}

void gateway_core::place_now(stream& s, context& cx) {
  const auto router = view_.pick_router(cx.now);
  s.retry_at = time_point::max();
  s.awaits.clear();
  s.awaits_until = {};
  if (!router) {
    replace(s,
            {.code = errors::no_worker,
             .text = "no router is reachable; retry when the cluster is up",
             .retryable = true,
             .retry_after_ms = 1000},
            charge::nobody, cx);
    return;
  }
  auto& whose = client_of(s);
  const auto& what = *whose.what;
  const auto who = identity_of(what);
  const bool is_alone = whose.doubt.is_alone(s.accepted.size());
  const auto& prompt = what.prompt_of(s.choice);
  const bool embeds = what.pooling != pooling_kind::none;
  const bool is_scoring = embeds || s.scored < what.scores_of(s.choice);
  token_list known = prompt;
  known.insert(known.end(), s.accepted.begin(), s.accepted.end());
  const block_namer namer(what.text->content(), who.lora, who.salt, config_.cluster_secret);
  if (is_scoring) {
    known.resize(s.scored); // All after it is computed where it is scored, whatever is cached.
  }

  s.now = stream::state::placing;
  ++s.attempt.value;
  stats_.replaced += s.attempt.value > 1 ? 1 : 0;
  if (s.choice == 0) {
    whose.told.asked(s.attempt, cx.now);
  }
  attach(s, router, cx);
  // For one attempt: what cannot run there runs elsewhere.
  const auto moves_to = std::exchange(s.move_to, {});
  cx.out.tell(
      router,
      place{.request = whose.request,
            .stream = s.id,
            .attempt = s.attempt,
            .model = what.text->name(),
            .who = who,
            .prompt_tokens = static_cast<std::uint32_t>(prompt.size()),
            .names = namer.all(known),
            .accepted = static_cast<std::uint32_t>(s.accepted.size()),
            .max_tokens = what.max_tokens,
            .prefill = is_alone || is_scoring ? prefill_mode::local : what.forced.prefill,
            .affinity = what.affinity,
            .excluded = s.excluded,
            .waited_ms = milliseconds(cx.now - s.started_at),
            .force_decode = moves_to.empty() ? what.forced.decode_worker : moves_to,
            .force_prefill = is_alone || is_scoring ? std::string{} : what.forced.prefill_worker},
      whose.deadline);
  arm(s, next_due(s));
}

void gateway_core::on(const placement& what, context& cx) {
  auto* s = current(what.stream, what.attempt, cx.sender());
  if (s != nullptr && !s->at_worker()) {
    start_attempt(*s, what, cx);
  }
}

void gateway_core::start_attempt(stream& s, const placement& where, context& cx) {
  if (!where.decode.actor) {
    replace(s,
            {.code = errors::no_worker, .text = "the placement names no worker", .retryable = true},
            charge::nobody, cx);
    return;
  }
  auto& whose = client_of(s);
  const auto& what = *whose.what;
  const placement_seen placed{.router = s.peer, .no = where.no};
  attach(s, where.decode.actor, cx);
  s.now = stream::state::waiting;
  s.worker = where.decode.worker;
  s.phase = stream_phase::queued;
  s.heard_at = s.token_at = cx.now;
  s.queried_at.reset();
  s.placed_cached_tokens =
      std::max(where.cached_blocks, where.prefill_cached_blocks) * block_tokens;
  if (s.choice == 0) {
    whose.told.placed(where, s.placed_cached_tokens, cx.now);
  }
  const auto accepted = s.accepted.size();
  s.credit = whose.window_open ? accepted + config_.credit_tokens
                               : std::max<std::uint64_t>(s.credit, accepted + 1);
  if (what.pooling != pooling_kind::none) {
    s.filler = {};
    ask_embedding(s,
                  {.request = whose.request,
                   .who = identity_of(what),
                   .stream = s.id,
                   .attempt = s.attempt,
                   .prompt = what.prompt_of(s.choice),
                   .pooling = what.pooling,
                   .placed = placed,
                   .alone_until = mutants_.suspects_in_company ? 0 : whose.doubt.alone_until()},
                  cx);
    return;
  }
  generate order{.request = whose.request,
                 .who = identity_of(what),
                 .prompt = what.prompt_of(s.choice),
                 .how = whose.how,
                 .max_tokens = what.max_tokens,
                 .stop_tokens = what.stop_tokens,
                 .placed = placed,
                 .prefill = where.prefill,
                 .alone_until = mutants_.suspects_in_company ? 0 : whose.doubt.alone_until(),
                 .rules = what.rules};
  if (!what.seed_given && what.prompt_no(s.choice) > 0) {
    order.how.seed = mix64(order.how.seed, what.prompt_no(s.choice)); // Equal texts, other answers.
  }
  const auto scores = what.scores_of(s.choice);
  order.how.prompt_logprobs = scores > 0;
  if (whose.doubt.is_alone(accepted) || s.scored < scores) {
    order.prefill.reset(); // One worker less that it could kill; or scored where it is computed.
  }
  s.filler = order.prefill ? order.prefill->worker.node : node_ref{};
  order.streams.push_back({.stream = s.id,
                           .attempt = s.attempt,
                           .choice = what.choice_no(s.choice),
                           .delivered = s.accepted,
                           .credit = s.credit,
                           .scored = s.scored});
  cx.out.tell(s.peer, std::move(order), whose.deadline);
  arm(s, next_due(s));
}

void gateway_core::on(const refused& what, context& cx) {
  auto* s = current(what.stream, what.attempt, cx.sender());
  if (s == nullptr || s->at_worker()) {
    return;
  }
  if (s->peer_is_older && what.why.code == errors::no_worker) {
    fail(s->client,
         {.code = errc::unsupported,
          .text = "the workers of this model do not know embeddings yet; update them"},
         cx);
    return;
  }
  const bool is_shed = what.why.code == errc::overloaded && s->accepted.empty();
  if (is_shed || (!what.why.retryable && !is_free_of_charge(what.why.code))) {
    fail(s->client, what.why, cx);
    return;
  }
  // Better one that failed before than none.
  s->excluded.clear();
  detach(*s);
  replace(*s, what.why, is_free_of_charge(what.why.code) ? charge::nobody : charge::request, cx);
}

bool gateway_core::waited_too_long(const stream& s, time_point now) const {
  return now - s.started_at >= (s.accepted.empty() ? config_.unplaced_wait : config_.resumed_wait);
}

void gateway_core::handle_failure(stream& s, const error& why, context& cx) {
  if (is_free_of_charge(why.code)) {
    replace(s, why, charge::nobody, cx);
  } else if (why.code == errc::peer_gone || (why.code == errc::not_found && why.retryable)) {
    replace(s, why, charge::link, cx); // not_found: the order never reached the worker
  } else if (why.retryable) {
    replace(s, why, charge::request, cx);
  } else {
    fail(s.client, why, cx);
  }
}

void gateway_core::replace(stream& s, const error& why, charge whom, context& cx) {
  if (s.choice == 0) {
    client_of(s).told.attempt_ended(s.attempt, why, cx.now);
  }
  const bool was_at_worker = s.at_worker();
  const bool made_tokens = s.now == stream::state::streaming;
  if (was_at_worker) {
    if (whom != charge::nobody || why.code == errc::none) {
      s.started_at = cx.now;
    }
    s.excluded.push_back(s.worker);
    if (s.excluded.size() > excluded_max) {
      s.excluded.erase(s.excluded.begin());
    }
  }
  // Whoever still works for the old attempt is told; it may be the one that just said it ended.
  release(s, whom != charge::nobody || !was_at_worker, cx);
  s.now = stream::state::placing;
  s.retries += whom == charge::request ? 1 : 0;
  stats_.charged += whom == charge::request ? 1 : 0;
  s.lost += whom == charge::link ? 1 : 0;
  if (s.retries > config_.retries_max || s.lost > config_.lost_workers_max) {
    fail(s.client,
         {.code = errors::budget_exhausted,
          .text = "the request failed on " + std::to_string(s.retries + s.lost)
                  + " workers, at last with: " + why.text,
          .retryable = true,
          .retry_after_ms = 1000},
         cx);
    return;
  }
  if (waited_too_long(s, cx.now)) {
    auto last = why;
    last.code = last.code == errc::none ? errors::no_worker : last.code;
    last.retry_after_ms = std::max<std::uint32_t>(last.retry_after_ms, 1000);
    fail(s.client, last, cx);
    return;
  }
  s.retry_at = cx.now + s.pause;
  if (was_at_worker && whom == charge::link && why.code != errc::not_found) {
    await_word(s, made_tokens, cx.now);
  }
  s.pause = std::clamp<duration>(s.pause * 2, config_.backoff_min, config_.backoff_max);
  arm(s, s.retry_at);
}

} // namespace troupe
