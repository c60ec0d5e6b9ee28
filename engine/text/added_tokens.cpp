// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/added_tokens.hpp"

#include "engine/text/regex.hpp"
#include "runtime/base/utf8.hpp"

#include <algorithm>

namespace troupe::text {

namespace {

const regex& pattern(const char* source) {
  // Three constant patterns; compiled once.
  static const auto blanks_at_end = regex::compile(R"(\s+\z)");
  static const auto blanks_at_start = regex::compile(R"(\A\s+)");
  static const auto word_character = regex::compile(R"([\w\p{M}\p{Pc}\x{200C}\x{200D}])");
  switch (*source) {
    case 'e':
      return *blanks_at_end;
    case 's':
      return *blanks_at_start;
    default:
      return *word_character;
  }
}

std::size_t last_character(std::string_view text) {
  auto at = text.size() - 1;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
    --at;
  }
  return at;
}

bool ends_in_word(std::string_view text) {
  return !text.empty() && pattern("word").find(text.substr(last_character(text)), 0);
}

bool starts_in_word(std::string_view text) {
  return !text.empty() && pattern("word").find(text.substr(0, utf8::first(text).bytes), 0);
}

} // namespace

added_token_matcher::added_token_matcher(std::vector<added_token> tokens)
    : tokens_(std::move(tokens)) {
  const auto first_byte = [](const added_token& t) {
    return static_cast<std::uint8_t>(t.content[0]);
  };
  std::ranges::stable_sort(tokens_, [&](const added_token& a, const added_token& b) {
    return first_byte(a) != first_byte(b) ? first_byte(a) < first_byte(b)
                                          : a.content.size() > b.content.size();
  });
  for (std::uint32_t at = 0; at < tokens_.size(); ++at) {
    auto& [begin, end] = by_first_byte_[first_byte(tokens_[at])];
    begin = end == 0 ? at : begin;
    end = at + 1;
  }
}

const added_token* added_token_matcher::at(std::string_view rest, bool special) const {
  const auto [begin, end] = by_first_byte_[static_cast<std::uint8_t>(rest.front())];
  for (auto index = begin; index < end; ++index) {
    const auto& token = tokens_[index];
    if ((special || !token.special) && rest.starts_with(token.content)) {
      return &token;
    }
  }
  return nullptr;
}

void added_token_matcher::split(std::string_view text, bool special,
                                std::vector<text_part>& out) const {
  std::size_t done = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto* token = this->at(text.substr(at), special);
    if (token == nullptr) {
      ++at;
      continue;
    }
    auto begin = at;
    auto end = at + token->content.size();
    at = end;
    if (token->single_word
        && (ends_in_word(text.substr(0, begin)) || starts_in_word(text.substr(end)))) {
      continue;
    }
    if (token->lstrip) {
      const auto blanks = pattern("end").find(text.substr(done, begin - done), 0);
      begin = blanks ? done + blanks->begin : begin;
    }
    if (token->rstrip) {
      const auto blanks = pattern("start").find(text.substr(end), 0);
      end += blanks ? blanks->end : 0;
    }
    if (begin > done) {
      out.push_back({text.substr(done, begin - done), nullptr});
    }
    out.push_back({text.substr(begin, end - begin), token});
    done = end;
    at = end;
  }
  if (done < text.size()) {
    out.push_back({text.substr(done), nullptr});
  }
}

} // namespace troupe::text
