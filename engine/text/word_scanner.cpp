// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/word_scanner.hpp"

#include "engine/text/character_class.hpp"
#include "runtime/base/utf8.hpp"

#include <limits>

namespace troupe::text {

namespace {

constexpr std::string_view gpt2_words =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view llama3_words =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view qwen2_words =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

/// One pass over a text; offsets are those of characters.
class scan {
public:
  explicit scan(std::string_view text) : text_(text), classes_(character_classes::shared()) {}

  [[nodiscard]] std::size_t gpt2(std::size_t at) const {
    if (const auto end = contraction(at, false); end > at) {
      return end;
    }
    const auto body = text_[at] == ' ' ? at + 1 : at;
    if (body < text_.size()) {
      const auto [kind, bytes] = look(body);
      if (!is_white(kind)) {
        return run(body + bytes, unbounded, [kind](character_class c) { return c == kind; });
      }
    }
    return blanks(at, end_of_blanks(at));
  }

  [[nodiscard]] std::size_t llama3(std::size_t at, std::size_t digits_max) const {
    if (const auto end = contraction(at, true); end > at) {
      return end;
    }
    const auto [kind, bytes] = look(at);
    const auto next = at + bytes;
    if (kind == character_class::letter || can_lead(kind, next)) {
      return run(next, unbounded, [](character_class c) { return c == character_class::letter; });
    }
    if (kind == character_class::number) {
      return run(next, digits_max - 1,
                 [](character_class c) { return c == character_class::number; });
    }
    const auto body = text_[at] == ' ' ? next : at;
    if (body < text_.size() && look(body).kind == character_class::other) {
      const auto end =
          run(body, unbounded, [](character_class c) { return c == character_class::other; });
      return run(end, unbounded, [](character_class c) { return c == character_class::line_end; });
    }
    const auto end = end_of_blanks(at);
    const auto last_line = text_.substr(at, end - at).find_last_of("\r\n");
    return last_line == std::string_view::npos ? blanks(at, end) : at + last_line + 1;
  }

private:
  struct seen {
    character_class kind = character_class::other;
    std::size_t bytes = 1;
  };

  static bool is_white(character_class c) {
    return c == character_class::blank || c == character_class::line_end;
  }

  [[nodiscard]] seen look(std::size_t at) const {
    if (static_cast<unsigned char>(text_[at]) < 0x80) {
      return {classes_.of_ascii(text_[at]), 1};
    }
    const auto next = utf8::first(text_.substr(at));
    return {classes_.of(next.point), next.bytes};
  }

  template <class Test>
  [[nodiscard]] std::size_t run(std::size_t at, std::size_t count_max, Test test) const {
    for (; at < text_.size() && count_max > 0; --count_max) {
      const auto next = look(at);
      if (!test(next.kind)) {
        break;
      }
      at += next.bytes;
    }
    return at;
  }

  /// Any one character but a line end or number may lead letters.
  [[nodiscard]] bool can_lead(character_class kind, std::size_t next) const {
    return kind != character_class::line_end && kind != character_class::number
           && next < text_.size() && look(next).kind == character_class::letter;
  }

  [[nodiscard]] std::size_t end_of_blanks(std::size_t at) const {
    return run(at, unbounded, is_white);
  }

  /// The last blank of several goes to the word that follows.
  [[nodiscard]] std::size_t blanks(std::size_t at, std::size_t end) const {
    if (end == text_.size()) {
      return end;
    }
    auto last = end - 1;
    while ((static_cast<unsigned char>(text_[last]) & 0xC0U) == 0x80U) {
      --last;
    }
    return last > at ? last : end;
  }

  /// The end of 's 't 'm 'd 're 've 'll at `at`; `at` where there is none.
  [[nodiscard]] std::size_t contraction(std::size_t at, bool any_case) const {
    if (text_[at] != '\'' || at + 1 == text_.size()) {
      return at;
    }
    const auto letter = [&](std::size_t where) {
      const char c = where < text_.size() ? text_[where] : '\0';
      return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    };
    const char first = letter(at + 1);
    const char second = letter(at + 2);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') {
      return at + 2;
    }
    if (((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l')) {
      return at + 3;
    }
    // U+017F is a lower-case s to Unicode.
    return any_case && text_.substr(at + 1).starts_with("\xC5\xBF") ? at + 3 : at;
  }

  std::string_view text_;
  const character_classes& classes_;
};

} // namespace

std::string_view gpt2_pattern() {
  return gpt2_words;
}

std::optional<word_scanner> word_scanner::of(std::string_view pattern) {
  if (pattern == gpt2_words) {
    return word_scanner(family::gpt2);
  }
  if (pattern == llama3_words) {
    return word_scanner(family::llama3);
  }
  if (pattern == qwen2_words) {
    return word_scanner(family::qwen2);
  }
  return std::nullopt;
}

void word_scanner::split(std::string_view text, std::vector<std::string_view>& words) const {
  const scan over(text);
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = family_ == family::gpt2 ? over.gpt2(at)
                                             : over.llama3(at, family_ == family::llama3 ? 3 : 1);
    words.push_back(text.substr(at, end - at));
    at = end;
  }
}

} // namespace troupe::text
