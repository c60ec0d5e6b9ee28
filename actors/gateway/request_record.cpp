// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/request_record.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t why_bytes_max = 64;

} // namespace

request_record::request_record(request_id request, std::string model, std::uint32_t choices,
                               std::uint32_t prompt_tokens, time_point now)
    : info_{.request = request,
            .model = std::move(model),
            .choices = choices,
            .prompt_tokens = prompt_tokens},
      submitted_(now) {
}

// Never 0, which would mean that it did not happen.
float request_record::since(time_point now) const {
  const std::chrono::duration<float, std::milli> passed = now - submitted_;
  return std::max(passed.count(), 0.001F);
}

attempt_info* request_record::find(attempt_id attempt) {
  const auto found = std::ranges::find(info_.attempts, attempt, &attempt_info::attempt);
  return found == info_.attempts.end() ? nullptr : &*found;
}

void request_record::asked(attempt_id attempt, time_point now) {
  if (info_.attempts.size() == limits::told_attempts_max) {
    info_.attempts.erase(info_.attempts.begin());
  }
  info_.attempts.push_back({.attempt = attempt, .asked_ms = since(now)});
}

void request_record::placed(const placement& where, std::uint32_t cached_tokens, time_point now) {
  if (auto* one = find(where.attempt)) {
    one->decode = where.decode.worker;
    one->prefill = where.prefill ? where.prefill->worker : where.decode.worker;
    one->cached_tokens = cached_tokens;
    one->placed_ms = since(now);
  }
}

void request_record::phase(attempt_id attempt, stream_phase what, time_point now) {
  auto* one = find(attempt);
  if (one == nullptr) {
    return;
  }
  if (what == stream_phase::filling && one->filling_ms == 0) {
    one->filling_ms = since(now);
  } else if (what == stream_phase::running && one->running_ms == 0) {
    one->running_ms = since(now);
  }
}

void request_record::tokens(attempt_id attempt, std::uint32_t count, time_point now) {
  info_.accepted_tokens += count;
  info_.last_token_ms = since(now);
  if (info_.first_token_ms == 0) {
    info_.first_token_ms = info_.last_token_ms;
  }
  if (auto* one = find(attempt); one != nullptr && one->token_ms == 0) {
    one->token_ms = info_.last_token_ms;
  }
}

void request_record::attempt_ended(attempt_id attempt, const error& why, time_point now) {
  if (auto* one = find(attempt); one != nullptr && one->end_ms == 0) {
    one->end_ms = since(now);
    one->why = why.text.substr(0, why_bytes_max);
  }
}

void request_record::ended(request_phase how, const std::string& why, time_point now) {
  info_.phase = how;
  info_.why = why.substr(0, why_bytes_max);
  info_.end_ms = since(now);
  if (!info_.attempts.empty() && info_.attempts.back().end_ms == 0) {
    info_.attempts.back().end_ms = info_.end_ms;
  }
}

request_info request_record::told(time_point now) const {
  auto out = info_;
  out.age_ms =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>((now - submitted_) / 1ms, 0, 0xFFFFFFFF));
  return out;
}

} // namespace troupe
