// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace troupe::observe {

/// error: a person must act. warn: a request or peer was harmed. info: the cluster changed shape.
/// debug: one request's story. trace: anything per token.
enum class level : std::uint8_t { trace, debug, info, warn, error, off };

[[nodiscard]] std::string_view name_of(level what);

/// A value of a fact; text is only referred to, so facts do not outlive the call that logs them.
class fact_value {
public:
  fact_value(bool v) : held_(v) {}
  fact_value(std::string_view v) : held_(v) {}
  fact_value(const std::string& v) : held_(std::string_view{v}) {}
  fact_value(const char* v) : held_(std::string_view{v}) {}
  fact_value(std::signed_integral auto v) : held_(static_cast<std::int64_t>(v)) {}
  fact_value(std::unsigned_integral auto v) : held_(static_cast<std::uint64_t>(v)) {}
  fact_value(std::floating_point auto v) : held_(static_cast<double>(v)) {}

  void append_to(std::string& line) const;

private:
  std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view> held_;
};

struct fact {
  std::string_view key; ///< snake_case with its unit: "queued_requests", "wait_ms".
  fact_value value;
};

using facts = std::initializer_list<fact>;

/// One logfmt line without its newline: ts, level, actor, event, then the facts in their order.
/// Control characters and bytes that are not UTF-8 are escaped, values longer than 1 KiB and lines
/// longer than 8 KiB are cut, so that a line is always one line.
/// Checked: test/unit/observe/log_test.cpp
[[nodiscard]] std::string format_line(std::chrono::system_clock::time_point when, level what,
                                      std::string_view actor, std::string_view event,
                                      const facts& known);

} // namespace troupe::observe
