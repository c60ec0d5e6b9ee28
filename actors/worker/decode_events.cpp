// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/worker/decode_role.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace troupe {

namespace {

stream_phase phase_of(engine::sequence_phase phase) {
  switch (phase) {
    case engine::sequence_phase::queued:
      return stream_phase::queued;
    case engine::sequence_phase::filling:
      return stream_phase::filling;
    case engine::sequence_phase::running:
      return stream_phase::running;
    case engine::sequence_phase::paused:
      return stream_phase::paused;
    case engine::sequence_phase::preempted:
      return stream_phase::preempted;
  }
  return stream_phase::queued;
}

stream_end_kind kind_of(engine::end_kind kind) {
  switch (kind) {
    case engine::end_kind::stop:
      return stream_end_kind::stop;
    case engine::end_kind::length:
      return stream_end_kind::length;
    default:
      return stream_end_kind::failed;
  }
}

std::uint32_t minus(std::uint32_t a, std::uint32_t b) {
  return a > b ? a - b : 0;
}

} // namespace

void decode_role::on(const engine::reserved& what, context& cx) {
  const auto it = find(what.id);
  auto& stream = it->second;
  token_list all = stream.spec.prompt;
  all.insert(all.end(), stream.spec.delivered.begin(), stream.spec.delivered.end());
  stream.names = stream.spec.namer.all(all);
  stream.names.resize(std::min<std::size_t>(stream.names.size(), what.prompt_blocks));
  tell_phase(it, stream_phase::queued, cx);
  fill(it, what.cached_blocks, cx);
}

void decode_role::fill(table::iterator it, std::uint32_t cached_blocks, context& cx) {
  auto& stream = it->second;
  const auto sequence = stream.spec.id;
  stream.at = stage::filling;
  if (cached_blocks >= stream.names.size()) {
    start(it);
    return;
  }
  const std::vector<block_name> missing(stream.names.begin() + cached_blocks, stream.names.end());
  bool moving = false;
  const bool is_scored_here = stream.spec.how.prompt_logprobs;
  if (stream.prefill && !is_scored_here && stream.prefill->worker != shared_.config.self) {
    prefill ask{.request = stream.request,
                .who = stream.who,
                .prompt = stream.spec.prompt,
                .have_blocks = cached_blocks,
                .cls = stream.cls,
                .priority = stream.spec.priority};
    ask.prompt.insert(ask.prompt.end(), stream.spec.delivered.begin(), stream.spec.delivered.end());
    moving = fills_.from_prefill(sequence, *stream.prefill, std::move(ask), missing, cx);
  } else {
    offers_.watch(sequence, stream.who, stream.names.front(), missing);
    moving =
        fills_.from_shard(sequence, stream.who, stream.names.front(), cached_blocks, missing, cx);
  }
  if (moving) {
    tell_phase(it, stream_phase::filling, cx);
  } else {
    start(it);
  }
}

void decode_role::start(table::iterator it) {
  auto& stream = it->second;
  if (stream.fill.lost) {
    const auto next = static_cast<std::uint32_t>(stream.spec.delivered.size()) + 1;
    stream.alone_until = std::max(stream.alone_until, next);
  }
  stream.at = stage::started;
  stream.spec.prompt.clear();
  stream.spec.delivered.clear();
  stream.names.clear();
  shared_.engine.start(stream.spec.id, stream.alone_until);
}

void decode_role::filled(const fills::result& what, context&) {
  const auto it = find(what.sequence);
  if (it == streams_.end() || it->second.at != stage::filling) {
    return;
  }
  auto& stream = it->second;
  stream.requeued = stream.requeued || what.gave_up;
  if (what.from == fills::source::prefill_worker) {
    stream.fill = what;
    if (what.gave_up) {
      const auto first = std::min<std::size_t>(what.first_block, stream.names.size());
      offers_.watch(
          stream.spec.id, stream.who, stream.names.front(),
          {stream.names.begin() + static_cast<std::ptrdiff_t>(first), stream.names.end()});
    }
  }
  start(it);
}

void decode_role::split(const fills::split& what) {
  if (const auto it = find(what.sequence); it != streams_.end()) {
    it->second.remote = what;
  }
}

void decode_role::on(const engine::sequence_refused& what, context& cx) {
  const auto it = find(what.id);
  by_sequence_.erase(what.id);
  if (what.why.code == errors::no_capacity) {
    waiting_.insert(it->first);
    no_capacity(it, what.why, cx);
    return;
  }
  turn_away(it, what.why, cx);
}

void decode_role::on(const engine::phase_changed& what, context& cx) {
  if (const auto it = find(what.id); it != streams_.end()) {
    tell_phase(it, phase_of(what.phase), cx);
  }
}

void decode_role::tell_phase(table::iterator it, stream_phase phase, context& cx) {
  auto& stream = it->second;
  if (stream.told == phase && phase != stream_phase::queued) {
    return;
  }
  stream.told = phase;
  cx.out.tell(it->first.gateway,
              stream_state{.stream = it->first.stream, .attempt = shown(stream), .phase = phase});
}

void decode_role::on(const engine::produced& what, context& cx) {
  const auto it = find(what.id);
  if (it == streams_.end()) {
    return;
  }
  if (it->second.spec.pooling != pooling_kind::none) {
    if (const auto asked = std::exchange(it->second.asked, std::nullopt)) {
      cx.out.respond(*asked, end_of(it->second, what).why); // Else it has its embedding.
    }
    erase(it, false, cx);
    return;
  }
  token_entry entry{.stream = it->first.stream,
                    .attempt = shown(it->second),
                    .first_index = what.first_index,
                    .tokens = what.tokens,
                    .end = {},
                    .logprobs = what.logprobs};
  if (what.end) {
    entry.end = end_of(it->second, what);
  }
  batch_.add(it->first.gateway, std::move(entry));
  if (what.end) {
    erase(it, false, cx);
  }
}

void decode_role::on(const engine::scored& what) {
  const auto it = find(what.id);
  if (it == streams_.end()) {
    return;
  }
  const auto ranked = it->second.spec.how.prompt_top_logprobs;
  const auto some = std::max<std::size_t>(limits::step_logprobs_max / (1 + ranked), 1);
  for (std::size_t at = 0; at < what.logprobs.size(); at += some) {
    const auto piece =
        std::span{what.logprobs}.subspan(at, std::min(some, what.logprobs.size() - at));
    token_entry entry{.stream = it->first.stream,
                      .attempt = shown(it->second),
                      .tokens = {},
                      .end = {},
                      .logprobs = {},
                      .first_scored = what.first + static_cast<std::uint32_t>(at),
                      .prompt_logprobs = {piece.begin(), piece.end()}};
    batch_.add(it->first.gateway, std::move(entry));
  }
}

void decode_role::on(const engine::embedded& what, context& cx) {
  const auto it = find(what.id);
  if (it == streams_.end()) {
    return;
  }
  if (const auto asked = std::exchange(it->second.asked, std::nullopt)) {
    cx.out.respond(
        *asked,
        embedded{.stream = it->first.stream, .attempt = shown(it->second), .values = what.values});
  }
}

stream_end decode_role::end_of(const decode_stream& what, const engine::produced& made) const {
  stream_end end{.kind = kind_of(*made.end),
                 .why = made.why,
                 .cached_tokens = made.cached_tokens,
                 .computed_tokens = made.computed_tokens};
  if (end.kind == stream_end_kind::failed && end.why.code == errc::none) {
    end.why = {errc::cancelled, "the engine ended the stream", "", true};
  } else if (end.kind == stream_end_kind::failed) {
    end.why.text = "model " + shared_.config.card->model + ": " + end.why.text;
  }
  if (what.fill.imported > 0) {
    const auto first = what.fill.first_block * block_tokens;
    const auto imported = std::min(what.fill.imported * block_tokens, made.cached_tokens);
    // Without the prefill worker's last word all that came counts as computed for this attempt.
    const auto split = what.remote.value_or(fills::split{{}, 0, imported});
    const auto fresh =
        std::min(imported, minus(first + imported, std::max(first, split.cached_tokens)));
    end.cached_tokens = made.cached_tokens - fresh;
    end.computed_tokens = made.computed_tokens + split.computed_tokens;
  }
  return end;
}

attempt_id decode_role::shown(const decode_stream& what) const {
  const auto minted = shared_.config.mutants.worker_minted_attempt && what.requeued;
  return minted ? attempt_id{what.attempt.value + 1} : what.attempt;
}

} // namespace troupe
