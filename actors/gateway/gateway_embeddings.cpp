// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/gateway_core.hpp"
#include "messages/vocab/error_codes.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace troupe {

void gateway_core::ask_embedding(stream& s, embed order, context& cx) {
  const auto deadline = client_of(s).deadline;
  s.asked = cx.out.request(s.peer, std::move(order), deadline);
  asked_.emplace(s.asked, s.id);
  arm(s, next_due(s));
}

bool gateway_core::on_embedding(std::uint64_t request, const delivery& answer, context& cx) {
  const auto asked = asked_.find(request);
  if (asked == asked_.end()) {
    return false;
  }
  const auto found = streams_.find(asked->second);
  asked_.erase(asked);
  if (found == streams_.end() || found->second.asked != request || !found->second.at_worker()) {
    return true; // Of an attempt that is over.
  }
  auto& s = found->second;
  s.asked = 0;
  const auto* made = answer.body.as<embedded>();
  if (made == nullptr) {
    s.peer_is_older = s.peer_is_older || answer.why.code == errc::unknown_type;
    handle_failure(s, answer.why, cx);
    return true;
  }
  take_embedding(s, *made, cx);
  return true;
}

void gateway_core::take_embedding(stream& s, const embedded& made, context& cx) {
  const auto& what = *client_of(s).what;
  const auto size = made.values.size();
  const bool is_sound =
      made.stream == s.id && made.attempt == s.attempt && size > 0
      && std::ranges::all_of(made.values, [](float value) { return std::isfinite(value); });
  if (!is_sound) {
    ++stats_.broken_streams;
    replace(s,
            {.code = errors::stream_broken,
             .text = "a worker answered with no embedding; it is made elsewhere",
             .retryable = true},
            charge::request, cx);
    return;
  }
  if (what.dimensions > size) {
    fail(s.client, too_many_dimensions(what.dimensions, size), cx);
    return;
  }
  choice_delta delta;
  delta.embedding = made.values;
  sink_.on_delta(s.client, s.choice, delta);
  release(s, false, cx);
  finish(s, finish_reason::stop, cx);
}

/// Streams of `whose` that may begin now: all of an answer, of embeddings some.
bool gateway_core::may_begin(const client& whose) const {
  const auto& what = *whose.what;
  if (whose.begun >= what.answers()) {
    return false;
  }
  if (what.pooling == pooling_kind::none || whose.open.empty()) {
    return true;
  }
  std::uint64_t tokens = what.prompt_of(whose.begun).size();
  for (const auto id : whose.open) {
    tokens += what.prompt_of(streams_.at(id).choice).size();
  }
  return whose.open.size() < config_.inputs_ahead && tokens <= config_.input_tokens_ahead;
}

void gateway_core::begin_streams(client_id who, context& cx) {
  for (auto found = clients_.find(who); found != clients_.end() && may_begin(found->second);
       found = clients_.find(who)) {
    auto& whose = found->second;
    const auto number = fresh_stream_id();
    const auto choice = whose.begun++;
    auto& s = streams_
                  .emplace(number, stream{number, who, choice,
                                          choice_text{whose.what, whose.request, choice}})
                  .first->second;
    s.started_at = cx.now;
    whose.open.push_back(number);
    place_now(s, cx);
  }
}

} // namespace troupe
