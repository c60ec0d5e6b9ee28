// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/text_filters.hpp"

#include "runtime/json/read.hpp"
#include "runtime/json/write.hpp"

#include <algorithm>
#include <optional>

namespace troupe {

namespace {

constexpr std::string_view open_tag = "<tool_call>";
constexpr std::string_view close_tag = "</tool_call>";
constexpr std::string_view blanks = " \t\r\n";

/// The longest end of `text` that is a proper beginning of `pattern`.
std::size_t overlap(std::string_view text, std::string_view pattern) {
  for (auto n = std::min(text.size(), pattern.size() - 1); n > 0; --n) {
    if (text.ends_with(pattern.substr(0, n))) {
      return n;
    }
  }
  return 0;
}

std::optional<tool_call_filter::call> parse_call(std::string_view body) {
  const auto begin = body.find_first_not_of(blanks);
  if (begin == std::string_view::npos) {
    return std::nullopt;
  }
  const auto end = body.find_last_not_of(blanks);
  const auto parsed = json::parse(body.substr(begin, end - begin + 1));
  if (!parsed) {
    return std::nullopt;
  }
  const auto* name = parsed->find("name");
  if (name == nullptr || name->as_string() == nullptr || name->as_string()->empty()) {
    return std::nullopt;
  }
  const auto* arguments = parsed->find("arguments");
  return tool_call_filter::call{.name = *name->as_string(),
                                .arguments = arguments == nullptr ? "{}"
                                             : arguments->as_string() != nullptr
                                                 ? *arguments->as_string()
                                                 : json::write(*arguments, json::python)};
}

} // namespace

bool stop_filter::push(std::string_view text, std::string& out) {
  if (stops_.empty()) {
    out += text;
    return false;
  }
  held_ += text;
  // The one complete first ends the answer, as if the text had come byte by byte.
  auto first_end = std::string::npos;
  auto first = std::string::npos;
  std::size_t keep = 0;
  for (const auto& stop : stops_) {
    if (const auto at = held_.find(stop); at != std::string::npos) {
      const auto end = at + stop.size();
      if (end < first_end || (end == first_end && at < first)) {
        first = at;
        first_end = end;
      }
    }
    keep = std::max(keep, overlap(held_, stop));
  }
  if (first != std::string::npos) {
    out.append(held_, 0, first);
    held_.clear();
    return true;
  }
  out.append(held_, 0, held_.size() - keep);
  held_.erase(0, held_.size() - keep);
  return false;
}

void stop_filter::finish(std::string& out) {
  out += held_;
  held_.clear();
}

void tool_call_filter::take_call(std::string_view body, std::string_view whole, output& out) {
  if (auto found = parse_call(body)) {
    out.calls.push_back(std::move(*found));
    after_call_ = true;
  } else {
    out.text += whole;
    after_call_ = false;
  }
}

bool tool_call_filter::scan_outside(output& out) {
  if (after_call_) {
    const auto text = pending_.find_first_not_of(blanks);
    if (text == std::string::npos) {
      return false;
    }
    if (!open_tag.starts_with(std::string_view(pending_).substr(text, open_tag.size()))) {
      after_call_ = false;
    }
    pending_.erase(0, text);
  }
  const auto at = pending_.find(open_tag);
  if (at == std::string::npos) {
    const auto certain = pending_.size() - overlap(pending_, open_tag);
    out.text.append(pending_, 0, certain);
    pending_.erase(0, certain);
    return false;
  }
  out.text.append(pending_, 0, at);
  pending_.erase(0, at);
  inside_ = true;
  return true;
}

bool tool_call_filter::scan_inside(output& out) {
  const auto end = pending_.find(close_tag, open_tag.size());
  if (end == std::string::npos) {
    if (pending_.size() > call_bytes_max) {
      out.text += pending_;
      pending_.clear();
      inside_ = false;
    }
    return false;
  }
  const std::string whole = pending_.substr(0, end + close_tag.size());
  pending_.erase(0, whole.size());
  inside_ = false;
  take_call(std::string_view(whole).substr(open_tag.size(), end - open_tag.size()), whole, out);
  return true;
}

void tool_call_filter::scan(output& out) {
  while (!pending_.empty() && (inside_ ? scan_inside(out) : scan_outside(out))) {
  }
}

tool_call_filter::output tool_call_filter::push(std::string_view text) {
  output out;
  pending_ += text;
  scan(out);
  return out;
}

tool_call_filter::output tool_call_filter::finish() {
  output out;
  if (inside_) {
    take_call(std::string_view(pending_).substr(open_tag.size()), pending_, out);
  } else if (!after_call_ || pending_.find_first_not_of(blanks) != std::string::npos) {
    out.text = pending_;
  }
  pending_.clear();
  inside_ = false;
  return out;
}

} // namespace troupe
