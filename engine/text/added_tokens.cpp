// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/added_tokens.hpp"

#include "engine/text/regex.hpp"
#include "engine/text/white_space.hpp"
#include "runtime/base/utf8.hpp"

#include <algorithm>

namespace troupe::text {

namespace {

bool has_word_character(std::string_view text) {
  static const auto word_character = regex::from_oniguruma(R"([\w\x{200C}\x{200D}])");
  return word_character->find(text, 0).has_value();
}

std::size_t last_character(std::string_view text) {
  auto at = text.size() - 1;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
    --at;
  }
  return at;
}

bool ends_in_word(std::string_view text) {
  return !text.empty() && has_word_character(text.substr(last_character(text)));
}

bool starts_in_word(std::string_view text) {
  return !text.empty() && has_word_character(text.substr(0, utf8::first(text).bytes));
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
      begin = done + without_white_ends(text.substr(done, begin - done), false, true).size();
    }
    if (token->rstrip) {
      end = text.size() - without_white_ends(text.substr(end), true, false).size();
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
