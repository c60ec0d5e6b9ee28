// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/trace.hpp"
#include "runtime/base/result.hpp"
#include "runtime/json/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What `trace ACTOR --msgs` showed, kept as JSON lines: a head, the messages, and at the end what
/// came of it.
namespace troupe::shell {

inline constexpr int recording_format = 1;
inline constexpr std::size_t recording_line_bytes_max = 8192;
inline constexpr std::size_t recording_bytes_max = std::size_t{64} << 20U;

/// A message that an actor was told or told, as a trace shows it.
struct seen_message {
  double at_ms = 0; ///< Since the trace began.
  trace_way way = trace_way::in;
  std::string peer;
  std::string kind; ///< "tell", "request" or "response".
  std::string text;

  friend bool operator==(const seen_message&, const seen_message&) = default;
};

[[nodiscard]] json::value as_json(const seen_message& what);
[[nodiscard]] std::string as_line(const seen_message& what);      ///< For people.
[[nodiscard]] std::string without_time(const seen_message& what); ///< The same behind its time.

struct recording_head {
  std::string version; ///< Of the program that recorded.
  std::string cluster;
  std::string actor;
  std::uint64_t begun_unix_ms = 0;
  std::uint32_t rate_per_s = 0;
  std::uint32_t for_ms = 0;

  friend bool operator==(const recording_head&, const recording_head&) = default;
};

struct recording_end {
  std::uint64_t lines = 0;
  std::uint64_t skipped = 0; ///< Over the rate.
  std::uint64_t lasted_ms = 0;
  std::string ended; ///< "time", "interrupted", "lost" (the actor's process) or "full".

  friend bool operator==(const recording_end&, const recording_end&) = default;
};

/// Each is one line with its end, in ASCII, of at most recording_line_bytes_max bytes.
[[nodiscard]] std::string write_line(const recording_head& what);
[[nodiscard]] std::string write_line(const seen_message& what);
[[nodiscard]] std::string write_line(const recording_end& what);

/// "2026-11-26 13:39:50 UTC"
[[nodiscard]] std::string calendar_text(std::uint64_t unix_ms);

/// Reads a recording from its first line on. What has no last line was cut short, and has no end.
/// Role: one per reading. `text` outlives it. Errors: malformed and too_large, each naming file,
/// line and field; no bytes do worse. Cost: one line in memory at a time.
/// Checked: test/unit/shell_command/recording_test.cpp
class recording_reader {
public:
  recording_reader(std::string_view text, std::string file) : rest_(text), file_(std::move(file)) {}

  /// To be read first.
  [[nodiscard]] result<recording_head> head();

  /// Nothing: the last was read.
  [[nodiscard]] result<std::optional<seen_message>> next();

  [[nodiscard]] const std::optional<recording_end>& end() const { return end_; }

private:
  [[nodiscard]] result<json::value> object();
  [[nodiscard]] error wrong(const std::string& field, const std::string& text,
                            errc code = errc::malformed) const;
  [[nodiscard]] result<std::string> word(const json::value& from, std::string_view key) const;
  [[nodiscard]] result<double> number(const json::value& from, std::string_view key,
                                      double most) const;
  [[nodiscard]] result<std::optional<seen_message>> last(const json::value& from);

  std::string_view rest_;
  std::string file_;
  std::size_t line_ = 0;
  std::uint64_t messages_ = 0;
  std::optional<recording_end> end_;
};

} // namespace troupe::shell
