// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/recording.hpp"

#include "runtime/json/read.hpp"
#include "runtime/json/write.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace troupe::shell {

namespace {

constexpr json::write_style on_one_line{.ascii = true};
constexpr json::read_limits limits_of_line{
    .bytes = recording_line_bytes_max, .items = 64, .depth = 4};
constexpr double whole_numbers_max = 9'007'199'254'740'992; // What a double holds exactly.
constexpr std::size_t word_bytes_max = 2048; // Bytes that were no UTF-8 have become three each.
constexpr double time_ms_max = 2.0 * limits::trace_ms_max; // The last messages come late.

std::string finished(const json::value& what) {
  return json::write(what, on_one_line) + "\n";
}

std::string cut(const std::string& text, std::size_t most = 256) {
  return text.substr(0, most);
}

// What the JSON reader calls its line is one of a file here.
std::string without_line(std::string text) {
  constexpr std::string_view line = "line 1, ";
  const auto at = text.find(line);
  return at == std::string::npos ? text : text.erase(at, line.size());
}

} // namespace

json::value as_json(const seen_message& what) {
  return json::object_of({{"at_ms", what.at_ms},
                          {"way", what.way == trace_way::in ? "in" : "out"},
                          {"peer", what.peer},
                          {"kind", what.kind},
                          {"text", what.text}});
}

std::string without_time(const seen_message& what) {
  const std::string way = what.way == trace_way::in ? "<- " : "-> ";
  return way + what.peer + "  " + what.kind + "  " + what.text;
}

std::string as_line(const seen_message& what) {
  std::array<char, 32> at{};
  std::snprintf(at.data(), at.size(), "%9.3f", what.at_ms);
  return std::string(at.data()) + "  " + without_time(what);
}

std::string write_line(const recording_head& what) {
  return finished(json::object_of({{"recording", recording_format},
                                   {"version", cut(what.version)},
                                   {"cluster", cut(what.cluster)},
                                   {"actor", cut(what.actor)},
                                   {"begun", calendar_text(what.begun_unix_ms)},
                                   {"begun_unix_ms", what.begun_unix_ms},
                                   {"rate_per_s", what.rate_per_s},
                                   {"for_ms", what.for_ms}}));
}

std::string write_line(const seen_message& what) {
  return finished(as_json({.at_ms = what.at_ms,
                           .way = what.way,
                           .peer = cut(what.peer),
                           .kind = cut(what.kind, 16),
                           .text = cut(what.text, limits::trace_text_bytes_max)}));
}

std::string write_line(const recording_end& what) {
  return finished(json::object_of({{"ended", cut(what.ended)},
                                   {"lines", what.lines},
                                   {"skipped", what.skipped},
                                   {"lasted_ms", what.lasted_ms}}));
}

std::string calendar_text(std::uint64_t unix_ms) {
  const auto when = static_cast<std::time_t>(unix_ms / 1000);
  std::tm parts{};
  std::array<char, 64> text{};
  if (::gmtime_r(&when, &parts) == nullptr
      || std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) {
    return "?";
  }
  return text.data();
}

error recording_reader::wrong(const std::string& field, const std::string& text, errc code) const {
  return {.code = code,
          .text = file_ + ":" + std::to_string(line_) + ": "
                  + (field.empty() ? "" : "'" + field + "' ") + text
                  + (line_ == 1 ? "; `record ACTOR FILE` makes recordings" : ""),
          .field = field};
}

result<json::value> recording_reader::object() {
  ++line_;
  const auto length = rest_.find('\n');
  const auto text = rest_.substr(0, length);
  rest_.remove_prefix(std::min(text.size() + 1, rest_.size()));
  if (text.size() >= recording_line_bytes_max) {
    return wrong("",
                 "the line is longer than " + std::to_string(recording_line_bytes_max)
                     + " bytes, which no recording has",
                 errc::too_large);
  }
  auto got = json::parse(text, limits_of_line);
  if (!got) {
    return wrong("", without_line(got.err().text), got.err().code);
  }
  if (got->as_object() == nullptr) {
    return wrong("", "the line must be a JSON object");
  }
  return got;
}

result<std::string> recording_reader::word(const json::value& from, std::string_view key) const {
  const auto* found = from.find(key);
  if (found == nullptr || found->as_string() == nullptr) {
    return wrong(std::string(key), found == nullptr ? "is missing" : "must be a text");
  }
  if (found->as_string()->size() > word_bytes_max) {
    return wrong(std::string(key), "is longer than " + std::to_string(word_bytes_max) + " bytes",
                 errc::too_large);
  }
  return *found->as_string();
}

result<double> recording_reader::number(const json::value& from, std::string_view key,
                                        double most) const {
  const auto* found = from.find(key);
  const auto got = found == nullptr ? std::nullopt : found->as_number();
  if (!got || *got < 0 || *got > most) {
    return wrong(std::string(key), found == nullptr ? "is missing"
                                                    : "must be a number from 0 to "
                                                          + std::to_string(std::uint64_t(most)));
  }
  return *got;
}

result<recording_head> recording_reader::head() {
  const auto from = object();
  if (!from) {
    return from.err();
  }
  const auto format = number(*from, "recording", whole_numbers_max);
  if (!format) {
    return format.err();
  }
  if (*format != recording_format) {
    return wrong("recording", "must be " + std::to_string(recording_format)
                                  + ", the format that this program knows");
  }
  auto version = word(*from, "version");
  auto cluster = word(*from, "cluster");
  auto actor = word(*from, "actor");
  for (const auto* one : {&version, &cluster, &actor}) {
    if (!*one) {
      return one->err();
    }
  }
  const auto begun = number(*from, "begun_unix_ms", whole_numbers_max);
  const auto rate = number(*from, "rate_per_s", limits::trace_rate_max);
  const auto length = number(*from, "for_ms", limits::trace_ms_max);
  for (const auto* one : {&begun, &rate, &length}) {
    if (!*one) {
      return one->err();
    }
  }
  return recording_head{.version = *std::move(version),
                        .cluster = *std::move(cluster),
                        .actor = *std::move(actor),
                        .begun_unix_ms = static_cast<std::uint64_t>(*begun),
                        .rate_per_s = static_cast<std::uint32_t>(*rate),
                        .for_ms = static_cast<std::uint32_t>(*length)};
}

result<std::optional<seen_message>> recording_reader::last(const json::value& from) {
  auto ended = word(from, "ended");
  const auto lines = number(from, "lines", whole_numbers_max);
  const auto skipped = number(from, "skipped", whole_numbers_max);
  const auto lasted = number(from, "lasted_ms", whole_numbers_max);
  if (!ended) {
    return ended.err();
  }
  for (const auto* one : {&lines, &skipped, &lasted}) {
    if (!*one) {
      return one->err();
    }
  }
  if (static_cast<std::uint64_t>(*lines) != messages_) {
    return wrong("lines", "must be the number of messages before it, " + std::to_string(messages_));
  }
  if (!rest_.empty()) {
    ++line_;
    return wrong("", "nothing may stand behind the line with 'ended'");
  }
  end_ = {.lines = messages_,
          .skipped = static_cast<std::uint64_t>(*skipped),
          .lasted_ms = static_cast<std::uint64_t>(*lasted),
          .ended = *std::move(ended)};
  return std::optional<seen_message>{};
}

result<std::optional<seen_message>> recording_reader::next() {
  if (rest_.empty()) {
    return std::optional<seen_message>{};
  }
  const auto from = object();
  if (!from) {
    return from.err();
  }
  if (from->find("ended") != nullptr) {
    return last(*from);
  }
  const auto at = number(*from, "at_ms", time_ms_max);
  if (!at) {
    return at.err();
  }
  const auto way = word(*from, "way");
  auto peer = word(*from, "peer");
  auto kind = word(*from, "kind");
  auto text = word(*from, "text");
  const std::array<const result<std::string>*, 4> words{&way, &peer, &kind, &text};
  for (const auto* one : words) {
    if (!*one) {
      return one->err();
    }
  }
  if (*way != "in" && *way != "out") {
    return wrong("way", R"(must be "in" or "out")");
  }
  ++messages_;
  return std::optional(seen_message{.at_ms = *at,
                                    .way = *way == "in" ? trace_way::in : trace_way::out,
                                    .peer = *std::move(peer),
                                    .kind = *std::move(kind),
                                    .text = *std::move(text)});
}

} // namespace troupe::shell
