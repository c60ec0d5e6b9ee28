// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/gateway_core.hpp"

#include "messages/vocab/error_codes.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

std::vector<double> gateway_stats::latency_bounds() {
  std::vector<double> bounds;
  for (double bound = 0.0005; bounds.size() < 21; bound *= 2) {
    bounds.push_back(bound);
  }
  return bounds;
}

gateway_core::gateway_core(gateway_config config, actor_ref self, std::uint64_t seed,
                           client_sink& sink, text_registry& texts, card_reader& reader,
                           gateway_mutants mutants)
    : config_(std::move(config)),
      self_(self),
      rng_(seed),
      sink_(sink),
      mutants_(mutants),
      texts_(texts),
      view_(self.node),
      cards_(config_, texts, reader),
      quarantine_(config_.quarantine_time),
      word_({.least = config_.word_retry_min, .most = config_.word_retry_max}) {
}

gateway_core::stream* gateway_core::current(stream_id id, attempt_id attempt,
                                            const actor_ref& sender) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.attempt != attempt
      || !(found->second.peer == sender)) {
    return nullptr;
  }
  // A ref learned from a router has no session; the first word of the worker binds it.
  auto& peer = found->second.peer;
  if (peer.session == 0) {
    peer.session = sender.session;
  }
  const bool same_session = sender.session == 0 || sender.session == peer.session;
  return same_session ? &found->second : nullptr;
}

void gateway_core::answer_unknown(stream_id id, attempt_id attempt, context& cx) {
  ++stats_.unknown_entries;
  if (cancels_.allow(cx.sender(), id, attempt, cx.now)) {
    cx.out.tell(cx.sender(), cancel{.stream = id, .attempt = attempt});
  }
}

void gateway_core::on(const tokens& what, context& cx) {
  for (const auto& entry : what.entries) {
    on_entry(entry, cx);
  }
}

void gateway_core::on_entry(const token_entry& entry, context& cx) {
  auto* s = current(entry.stream, entry.attempt, cx.sender());
  if (s == nullptr || !s->at_worker()) {
    if (entry.end) {
      ++stats_.unknown_entries;
    } else {
      answer_unknown(entry.stream, entry.attempt, cx);
    }
    return;
  }
  s->heard_at = cx.now;
  s->queried_at.reset();
  const bool is_failure =
      entry.end
      && (entry.end->kind == stream_end_kind::failed || entry.end->kind == stream_end_kind::moved);
  if (is_failure && entry.tokens.empty()) {
    on_end(*s, *entry.end, cx);
    return;
  }
  if (client_of(*s).what->pooling != pooling_kind::none) {
    ++stats_.broken_streams;
    replace(*s,
            {.code = errors::stream_broken,
             .text = "a worker made tokens of what is to be embedded; it is asked of another",
             .retryable = true},
            charge::request, cx);
    return;
  }
  if (!accept_scores(*s, entry, cx)) {
    return;
  }
  const auto have = s->accepted.size();
  if (entry.first_index > have) {
    ++stats_.broken_streams;
    replace(*s,
            {.code = errors::stream_broken,
             .text = "token " + std::to_string(have)
                     + " of the stream is missing; it is resumed "
                       "elsewhere",
             .retryable = true},
            charge::request, cx);
    return;
  }
  const auto skip = have - entry.first_index;
  if (skip > 0) {
    ++stats_.duplicate_entries;
  }
  if (skip > entry.tokens.size()) {
    return; // an end behind which tokens were already accepted belongs to no state of ours
  }
  accept(*s, entry, skip, cx);
}

bool gateway_core::accept_scores(stream& s, const token_entry& entry, context& cx) {
  const auto wanted = client_of(s).what->scores_of(s.choice);
  const bool has_gap = !entry.prompt_logprobs.empty() && entry.first_scored > s.scored;
  const auto skip = has_gap ? 0 : s.scored - std::min(entry.first_scored, s.scored);
  const auto told = std::min<std::size_t>(entry.prompt_logprobs.size(), skip + wanted - s.scored);
  const bool goes_on = !entry.tokens.empty() || entry.end;
  const bool is_short = s.scored + (told > skip ? told - skip : 0) < wanted;
  if (has_gap || (goes_on && is_short)) {
    ++stats_.broken_streams;
    replace(s,
            {.code = errors::stream_broken,
             .text = "log probabilities of the prompt are missing, of which an older worker knows "
                     "nothing; they are made elsewhere",
             .retryable = true},
            charge::request, cx);
    return false;
  }
  if (told > skip) {
    s.scored += static_cast<std::uint32_t>(told - skip);
    s.token_at = cx.now;
    flush(s, {}, {}, std::span{entry.prompt_logprobs}.subspan(skip, told - skip));
  }
  return true;
}

void gateway_core::accept(stream& s, const token_entry& entry, std::size_t skip, context& cx) {
  const auto max_tokens = client_of(s).what->max_tokens;
  const auto before = s.accepted.size();
  bool stopped = false;
  for (auto at = skip; at < entry.tokens.size() && !stopped && s.accepted.size() < max_tokens;
       ++at) {
    s.accepted.push_back(entry.tokens[at]);
    stopped = s.text.push(entry.tokens[at]);
  }
  const auto fresh = s.accepted.size() - before;
  if (fresh > 0) {
    s.now = stream::state::streaming;
    s.phase = stream_phase::running;
    s.token_at = cx.now;
    s.pause = duration{0};
    stats_.accepted_tokens += fresh;
    s.last_token_at = cx.now;
    client_of(s).told.tokens(s.choice == 0 ? s.attempt : attempt_id{},
                             static_cast<std::uint32_t>(fresh), cx.now);
    if (!s.first_token_at) {
      s.first_token_at = cx.now;
      stats_.first_token_s.add(to_seconds(cx.now - client_of(s).submitted_at));
    }
    if (!s.first_attempt) {
      s.first_attempt = s.attempt;
      s.cached_tokens = s.placed_cached_tokens;
    }
  }
  const auto shown = client_of(s).what->only_echo ? 0 : fresh;
  const std::span<const token_id> accepted{s.accepted.data() + before, shown};
  // A worker that knows no log probabilities sends none.
  const auto logprobs = entry.logprobs.size() == entry.tokens.size()
                            ? std::span{entry.logprobs}.subspan(skip, shown)
                            : std::span<const token_logprobs>{};
  if (entry.end) {
    if (!s.first_attempt || s.first_attempt == s.attempt) {
      s.cached_tokens = entry.end->cached_tokens;
    }
  }
  const bool full = s.accepted.size() >= max_tokens;
  const bool ends =
      entry.end
      && (entry.end->kind == stream_end_kind::stop || entry.end->kind == stream_end_kind::length);
  if (stopped || full || ends) {
    s.text.finish();
  }
  flush(s, accepted, logprobs);
  if (stopped) {
    release(s, !entry.end, cx);
    finish(s, finish_reason::stop, cx);
  } else if (full && (!entry.end || entry.end->kind != stream_end_kind::stop)) {
    release(s, !entry.end, cx);
    finish(s, finish_reason::length, cx);
  } else if (entry.end) {
    on_end(s, *entry.end, cx);
  } else {
    top_up(s, cx);
  }
}

void gateway_core::on_end(stream& s, const stream_end& end, context& cx) {
  switch (end.kind) {
    case stream_end_kind::stop:
    case stream_end_kind::length:
      release(s, false, cx);
      finish(s, end.kind == stream_end_kind::stop ? finish_reason::stop : finish_reason::length,
             cx);
      return;
    case stream_end_kind::moved:
      replace(s, {.code = errc::none}, charge::nobody, cx);
      return;
    case stream_end_kind::failed:
      handle_failure(s, end.why, cx);
      return;
  }
}

void gateway_core::top_up(stream& s, context& cx) {
  const auto wanted = s.accepted.size() + config_.credit_tokens;
  const bool worth_it = wanted >= s.credit + std::max<std::uint64_t>(config_.credit_tokens / 2, 1);
  if (!s.at_worker() || !client_of(s).window_open || !worth_it) {
    return;
  }
  if (s.accepted.size() >= s.credit) {
    s.token_at = cx.now;
  }
  s.credit = wanted;
  cx.out.tell(s.peer, stream_credit{.stream = s.id, .attempt = s.attempt, .up_to = s.credit});
  arm(s, next_due(s));
}

void gateway_core::on(const generate_refused& what, context& cx) {
  for (const auto id : what.streams) {
    if (auto* s = current(id, what.attempt, cx.sender()); s != nullptr && s->at_worker()) {
      handle_failure(*s, what.why, cx);
    }
  }
}

void gateway_core::on(const stream_state& what, context& cx) {
  auto* s = current(what.stream, what.attempt, cx.sender());
  if (s == nullptr || !s->at_worker()) {
    answer_unknown(what.stream, what.attempt, cx);
    return;
  }
  s->heard_at = cx.now;
  s->queried_at.reset();
  if (what.phase == stream_phase::running && s->phase != stream_phase::running) {
    s->token_at = cx.now;
  }
  s->phase = what.phase;
  if (s->choice == 0) {
    client_of(*s).told.phase(s->attempt, what.phase, cx.now);
  }
  // Credit needs no order with states: a worker that paused before it came is told again.
  if (what.phase == stream_phase::paused && s->credit > s->accepted.size()) {
    cx.out.tell(s->peer, stream_credit{.stream = s->id, .attempt = s->attempt, .up_to = s->credit});
  }
  arm(*s, next_due(*s));
}

void gateway_core::on(const members& what, context& cx) {
  view_.apply(what);
  cards_.update(view_, cx);
  word_.keep(view_.gateways(), mutants_.latecomers_untold ? quarantine_.last_no() : 0);
  spread_word(cx);
  for (auto& [id, s] : streams_) {
    if (!s.at_worker() && !s.peer) {
      s.retry_at = std::min(s.retry_at, std::max(cx.now, s.awaits_until));
      arm(s, s.retry_at);
    }
  }
}

void gateway_core::on(const status_query&, context& cx) {
  const auto fact_of = [](const char* key, std::uint64_t value) {
    return fact{key, std::to_string(value)};
  };
  status_report report{.actor = config_.name};
  report.facts = {fact_of("clients", clients_.size()),
                  fact_of("streams", streams_.size()),
                  fact_of("submitted", stats_.submitted),
                  fact_of("completed", stats_.completed),
                  fact_of("failed", stats_.failed),
                  fact_of("abandoned", stats_.abandoned),
                  fact_of("replaced", stats_.replaced),
                  fact_of("moved", stats_.moved),
                  fact_of("charged", stats_.charged),
                  fact_of("suspected", stats_.suspected),
                  fact_of("quarantined", stats_.quarantined),
                  fact_of("condemned_elsewhere", stats_.condemned_elsewhere),
                  fact_of("accepted_tokens", stats_.accepted_tokens),
                  fact_of("duplicate_entries", stats_.duplicate_entries),
                  fact_of("broken_streams", stats_.broken_streams),
                  fact_of("unknown_entries", stats_.unknown_entries),
                  fact_of("routers", view_.router_count()),
                  fact_of("workers", view_.worker_count()),
                  fact_of("gateways", view_.gateways().size()),
                  fact{"draining", is_draining_ ? "true" : "false"}};
  cx.out.respond(*cx.from, std::move(report));
}

gateway_stats gateway_core::stats() const {
  auto now = stats_;
  now.requests = clients_.size();
  now.streams = streams_.size();
  return now;
}

void gateway_core::on_response(std::uint64_t request, const delivery& answer, context& cx) {
  const auto how = mutants_.word_unrepeated ? errc::none : answer.why.code;
  if (word_.answered(request, how, cx.now)) {
    spread_word(cx);
    return;
  }
  if (!on_embedding(request, answer, cx)) {
    static_cast<void>(cards_.on_response(request, answer, cx));
  }
}

} // namespace troupe
