// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/gateway_core.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

stream_id gateway_core::fresh_stream_id() {
  if (mutants_.reused_stream_ids) {
    stream_id lowest{1};
    while (streams_.contains(lowest)) {
      ++lowest.value;
    }
    return lowest;
  }
  return {++last_stream_};
}

void gateway_core::submit(client_submission what, context& cx) {
  TROUPE_CHECK(what.what != nullptr && !clients_.contains(what.client));
  ++stats_.submitted;
  if (is_draining_) {
    ++stats_.failed;
    sink_.on_error(what.client, {.code = errors::draining,
                                 .text = "this gateway is shutting down; send the request again",
                                 .retryable = true,
                                 .retry_after_ms = 200});
    return;
  }
  if (is_quarantined(what, cx.now)) {
    return;
  }
  const auto choices = what.what->answers();
  const auto at_once = what.what->pooling == pooling_kind::none
                           ? choices
                           : std::min<std::size_t>(choices, config_.inputs_ahead);
  if (streams_.size() + at_once > config_.streams_max) {
    ++stats_.failed;
    sink_.on_error(what.client, {.code = errc::overloaded,
                                 .text = "this gateway serves its maximum of streams; retry later",
                                 .retryable = true,
                                 .retry_after_ms = 1000});
    return;
  }
  const bool bounded = config_.request_timeout < time_point::max() - cx.now;
  client whose{.id = what.client,
               .request = what.request,
               .what = what.what,
               .how = what.what->how,
               .submitted_at = cx.now,
               .deadline = bounded ? cx.now + config_.request_timeout : time_point::max()};
  whose.used.prompt_tokens = whose.what->prompt_tokens();
  stats_.prompt_tokens += whose.used.prompt_tokens;
  whose.told = request_record(what.request, whose.what->text->name(), choices,
                              static_cast<std::uint32_t>(whose.used.prompt_tokens), cx.now);
  if (!whose.what->seed_given) {
    whose.how.seed = rng_();
  }
  const auto id = whose.id;
  clients_.emplace(id, std::move(whose));
  begin_streams(id, cx);
}

void gateway_core::client_gone(client_id who, context& cx) {
  const auto found = clients_.find(who);
  if (found == clients_.end()) {
    return;
  }
  for (const auto id : found->second.open) {
    const auto s = streams_.find(id);
    release(s->second, true, cx);
    streams_.erase(s);
  }
  remember(found->second, request_phase::abandoned, {}, cx);
  clients_.erase(found);
  ++stats_.abandoned;
}

void gateway_core::set_client_window(client_id who, bool open, context& cx) {
  const auto found = clients_.find(who);
  if (found == clients_.end()) {
    return;
  }
  found->second.window_open = open;
  for (const auto id : found->second.open) {
    top_up(streams_.at(id), cx);
  }
}

void gateway_core::flush(stream& s, std::span<const token_id> accepted,
                         std::span<const token_logprobs> logprobs,
                         std::span<const token_logprobs> of_prompt) {
  auto delta = s.text.take();
  if (accepted.empty() && of_prompt.empty() && delta.text.empty() && delta.reasoning.empty()
      && delta.tool_calls.empty()) {
    return;
  }
  delta.tokens = accepted;
  delta.logprobs = logprobs;
  delta.prompt_logprobs = of_prompt;
  if (!sink_.on_delta(s.client, s.choice, delta)) {
    client_of(s).window_open = false;
  }
}

// Lets go of the attempt: nobody is asked, watched or woken for this stream any more.
void gateway_core::release(stream& s, bool tell_worker, context& cx) {
  if (s.peer && tell_worker) {
    if (s.at_worker()) {
      cx.out.tell(s.peer, cancel{.stream = s.id, .attempt = s.attempt});
    } else {
      cx.out.tell(s.peer, place_cancel{.stream = s.id, .attempt = s.attempt});
    }
  }
  detach(s);
  if (s.wake_at != time_point::max()) {
    wakes_.erase({s.wake_at, s.id});
    s.wake_at = time_point::max();
  }
}

void gateway_core::finish(stream& s, finish_reason why, context& cx) {
  s.text.finish();
  flush(s, {}, {});
  auto& whose = client_of(s);
  const auto& what = *whose.what;
  whose.used.completion_tokens += what.only_echo ? 0 : s.accepted.size();
  if (what.choice_no(s.choice) == 0) {
    const auto cached = std::min<std::uint64_t>(s.cached_tokens, what.prompt_of(s.choice).size());
    whose.used.cached_tokens += cached;
    stats_.cached_tokens += cached;
  }
  if (s.accepted.size() > 1) {
    const auto gaps = static_cast<double>(s.accepted.size() - 1);
    stats_.token_s.add(to_seconds(s.last_token_at - *s.first_token_at) / gaps);
  }
  std::erase(whose.open, s.id);
  if (why == finish_reason::stop && s.text.called_tools()) {
    why = finish_reason::tool_calls;
  }
  if (what.only_echo) {
    why = finish_reason::length;
  }
  const auto choice = s.choice;
  const auto who = whose.id;
  streams_.erase(s.id);
  sink_.on_end(who, choice, why, whose.used);
  if (whose.begun < what.answers()) {
    begin_streams(who, cx);
  } else if (whose.open.empty()) {
    ++stats_.completed;
    stats_.request_s.add(to_seconds(cx.now - whose.submitted_at));
    remember(whose, request_phase::completed, {}, cx);
    clients_.erase(who);
  }
}

void gateway_core::fail(client_id who, const error& why, context& cx) {
  const auto found = clients_.find(who);
  TROUPE_CHECK(found != clients_.end());
  for (const auto id : found->second.open) {
    const auto s = streams_.find(id);
    release(s->second, true, cx);
    streams_.erase(s);
  }
  remember(found->second, request_phase::failed, why, cx);
  clients_.erase(found);
  ++stats_.failed;
  sink_.on_error(who, why);
}

} // namespace troupe
