// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/inspect.hpp"
#include "messages/place.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/error.hpp"

#include <cstdint>
#include <string>

namespace troupe {

/// What happened to a request and when, for operators. Of one with several choices, the attempts
/// are those of the first. Bounded by limits::told_attempts_max; the oldest attempts give way.
/// Checked: test/unit/gateway/request_record_test.cpp
class request_record {
public:
  request_record() = default;
  request_record(request_id request, std::string model, std::uint32_t choices,
                 std::uint32_t prompt_tokens, time_point now);

  void asked(attempt_id attempt, time_point now);
  void placed(const placement& where, std::uint32_t cached_tokens, time_point now);
  void phase(attempt_id attempt, stream_phase what, time_point now);
  /// New answer tokens; `attempt` 0: of another choice than the first.
  void tokens(attempt_id attempt, std::uint32_t count, time_point now);
  void attempt_ended(attempt_id attempt, const error& why, time_point now);
  void ended(request_phase how, const std::string& why, time_point now);

  [[nodiscard]] request_info told(time_point now) const;
  [[nodiscard]] request_id request() const { return info_.request; }

private:
  [[nodiscard]] float since(time_point now) const;
  [[nodiscard]] attempt_info* find(attempt_id attempt);

  request_info info_;
  time_point submitted_;
};

} // namespace troupe
