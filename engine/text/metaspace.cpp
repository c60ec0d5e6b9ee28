// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/metaspace.hpp"

#include "runtime/base/utf8.hpp"

#include <algorithm>

namespace troupe::text {

void append_replaced(std::string_view text, std::string_view from, std::string_view to,
                     std::string& out) {
  while (true) {
    const auto at = text.find(from);
    out += text.substr(0, at);
    if (at == std::string_view::npos) {
      return;
    }
    out += to;
    text.remove_prefix(at + from.size());
  }
}

metaspace metaspace::parse(const json::object_reader& in) {
  metaspace out;
  out.replacement = in.string("replacement");
  out.split = in.boolean_or("split", true);
  const bool prefix = in.boolean_or("add_prefix_space", true);
  const auto scheme = in.string_or("prepend_scheme", prefix ? "always" : "never");
  if (!in.wrong().empty()) {
    return out;
  }
  if (utf8::count(out.replacement) != 1) {
    in.complain("replacement", "must be one character; correct it");
  } else if (scheme == "always") {
    out.scheme = prepend_scheme::always;
  } else if (scheme == "first") {
    out.scheme = prepend_scheme::first;
  } else if (scheme == "never") {
    out.scheme = prepend_scheme::never;
  } else {
    in.complain("prepend_scheme", "is none of always, first and never; correct it");
  }
  return out;
}

void metaspace::apply(pre_words& in) const {
  thread_local std::vector<std::string_view> rewritten;
  rewritten.clear();
  bool at_start = in.at_start;
  for (const auto word : in.words) {
    auto& text = in.kept.emplace_back();
    text.reserve(word.size() + word.size() / 2 + replacement.size());
    append_replaced(word, " ", replacement, text);
    if ((scheme == prepend_scheme::always || (scheme == prepend_scheme::first && at_start))
        && !text.starts_with(replacement)) {
      text.insert(0, replacement);
    }
    at_start = false;
    std::string_view rest = text;
    while (split && !rest.empty()) {
      const auto next = std::min(rest.find(replacement, 1), rest.size());
      rewritten.push_back(rest.substr(0, next));
      rest.remove_prefix(next);
    }
    if (!split) {
      rewritten.push_back(rest);
    }
  }
  in.words.swap(rewritten);
}

} // namespace troupe::text
