// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/tool_calls.hpp"

#include "runtime/json/read.hpp"
#include "runtime/json/write.hpp"

#include <algorithm>
#include <optional>

namespace troupe::text {

namespace {

constexpr std::string_view opening = "<tool_call>";
constexpr std::string_view closing = "</tool_call>";
constexpr std::string_view blanks = " \t\r\n";

/// The longest end of `text` that may become `tag`.
std::size_t partial_bytes(std::string_view text, std::string_view tag) {
  for (auto bytes = std::min(text.size(), tag.size() - 1); bytes > 0; --bytes) {
    if (tag.starts_with(text.substr(text.size() - bytes))) {
      return bytes;
    }
  }
  return 0;
}

std::optional<tool_call> read_call(std::string_view inside) {
  const auto read = json::parse(inside, {.bytes = tool_call_parser::call_bytes_max});
  if (!read) {
    return std::nullopt;
  }
  const auto* name = read->find("name");
  const auto* arguments = read->find("arguments");
  arguments = arguments == nullptr ? read->find("parameters") : arguments;
  if (name == nullptr || name->as_string() == nullptr || name->as_string()->empty()) {
    return std::nullopt;
  }
  if (arguments == nullptr || arguments->is_null()) {
    return tool_call{*name->as_string(), "{}"};
  }
  if (const auto* text = arguments->as_string()) {
    const auto object = json::parse(*text);
    return object && object->as_object() != nullptr
               ? std::optional(tool_call{*name->as_string(), *text})
               : std::nullopt;
  }
  return arguments->as_object() == nullptr
             ? std::nullopt
             : std::optional(tool_call{*name->as_string(), json::write(*arguments, json::python)});
}

} // namespace

void tool_call_parser::push(std::string_view delta, tool_output& out) {
  held_ += delta;
  while (inside_ ? step_inside(out) : step_outside(out)) {
  }
}

/// Text; its last blanks wait, since they vanish if a call follows.
void tool_call_parser::give(std::string_view text, tool_output& out) {
  if (after_call_) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  }
  if (text.empty()) {
    return;
  }
  after_call_ = false;
  const auto last = text.find_last_not_of(blanks);
  const auto solid = last == std::string_view::npos ? 0 : last + 1;
  if (solid > 0) {
    out.content += blanks_;
    blanks_.clear();
    out.content += text.substr(0, solid);
  }
  blanks_ += text.substr(solid);
}

bool tool_call_parser::step_outside(tool_output& out) {
  const auto found = held_.find(opening);
  if (found == std::string::npos) {
    const auto certain = held_.size() - partial_bytes(held_, opening);
    give(std::string_view(held_).substr(0, certain), out);
    held_.erase(0, certain);
    return false;
  }
  give(std::string_view(held_).substr(0, found), out);
  held_.erase(0, found);
  inside_ = true;
  scanned_bytes_ = opening.size();
  return true;
}

bool tool_call_parser::step_inside(tool_output& out) {
  const auto found = held_.find(closing, scanned_bytes_);
  if (found == std::string::npos) {
    scanned_bytes_ = std::max(opening.size(), held_.size() - partial_bytes(held_, closing));
    if (held_.size() <= call_bytes_max) {
      return false;
    }
    give(opening, out);
    held_.erase(0, opening.size());
    inside_ = false;
    return true;
  }
  const auto end = found + closing.size();
  const auto whole = held_.substr(0, end);
  held_.erase(0, end);
  inside_ = false;
  give_call(std::string_view(whole).substr(opening.size(), found - opening.size()), whole, out);
  return true;
}

void tool_call_parser::give_call(std::string_view inside, std::string_view whole,
                                 tool_output& out) {
  auto call = calls_count_ < calls_max ? read_call(inside) : std::nullopt;
  if (!call) {
    give(whole, out);
    return;
  }
  blanks_.clear();
  after_call_ = true;
  ++calls_count_;
  out.calls.push_back(std::move(*call));
}

void tool_call_parser::flush(tool_output& out) {
  auto rest = std::move(held_);
  held_.clear();
  if (inside_) {
    inside_ = false;
    give_call(std::string_view(rest).substr(opening.size()), rest, out);
  } else {
    give(rest, out);
  }
  out.content += blanks_;
  blanks_.clear();
}

} // namespace troupe::text
