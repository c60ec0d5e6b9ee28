// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/oniguruma.hpp"

#include <algorithm>

namespace troupe::text {

namespace {

/// Oniguruma's \s, \w and \h as the inside of a set; Perl's differ (U+180E is white there, marks
/// are no letters, \h is a blank).
std::string_view set_of(char shorthand) {
  switch (shorthand) {
    case 's':
    case 'S':
      return R"(\t-\r\x{85}\p{Z})";
    case 'w':
    case 'W':
      return R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc})";
    case 'h':
    case 'H':
      return "0-9A-Fa-f";
    default:
      return {};
  }
}

error no_translation(std::string_view what) {
  return {errc::unsupported,
          "the regular expression has " + std::string(what)
              + ", which is not supported; serve this model by an external engine",
          ""};
}

/// Whether the brace at `at` closes {n}, {n,} or {n,m}.
bool closes_interval(std::string_view pattern, std::size_t at) {
  const auto open = pattern.substr(0, at).find_last_of('{');
  if (open == std::string_view::npos || open + 1 == at) {
    return false;
  }
  const auto inside = pattern.substr(open + 1, at - open - 1);
  return inside.find_first_not_of("0123456789,") == std::string_view::npos;
}

} // namespace

result<std::string> perl_of_oniguruma(std::string_view pattern) {
  std::string out;
  bool in_set = false;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '\\' && at + 1 < pattern.size()) {
      const char next = pattern[++at];
      const auto set = set_of(next);
      const bool negated = next >= 'A' && next <= 'Z';
      if (set.empty() || (in_set && negated)) {
        out += c;
        out += next;
      } else if (in_set) {
        out += set;
      } else {
        out += negated ? "[^" : "[";
        out += set;
        out += ']';
      }
      continue;
    }
    if (in_set && c == '[' && !pattern.substr(at).starts_with("[:")) {
      return no_translation("a set inside a set");
    }
    if (in_set && pattern.substr(at).starts_with("&&")) {
      return no_translation("an intersection of sets");
    }
    if (in_set && pattern.substr(at).starts_with("[:")) {
      const auto end = std::min(pattern.find(":]", at), pattern.size() - 1);
      out += pattern.substr(at, end + 1 - at);
      at = end;
      continue;
    }
    if (!in_set && c == '}' && pattern.substr(at).starts_with("}+")
        && closes_interval(pattern, at)) {
      return no_translation("a repeated interval {n,m}+");
    }
    out += c;
    if (!in_set && c == '[') {
      in_set = true;
      // A bracket that opens a set is a member of it right after the start.
      for (const char literal : {'^', ']'}) {
        if (at + 1 < pattern.size() && pattern[at + 1] == literal) {
          out += literal;
          ++at;
        }
      }
    } else if (c == ']') {
      in_set = false;
    }
  }
  return out;
}

} // namespace troupe::text
