// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/added_tokens.hpp"

#include "engine/text/regex.hpp"
#include "engine/text/white_space.hpp"
#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <span>

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
  std::ranges::stable_sort(tokens_, {}, &added_token::content);
  for (std::uint32_t at = 0; at < tokens_.size(); ++at) {
    auto& [begin, end] = by_first_byte_[static_cast<std::uint8_t>(tokens_[at].content[0])];
    begin = end == 0 ? at : begin;
    end = at + 1;
  }
}

const added_token* added_token_matcher::at(std::string_view rest, bool special) const {
  const auto [begin, end] = by_first_byte_[static_cast<std::uint8_t>(rest.front())];
  std::span<const added_token> left{tokens_.data() + begin, end - begin};
  const added_token* longest = nullptr;
  // `left` are the tokens that begin as `rest` does, as far as `length`; the shortest come first.
  for (std::size_t length = 1; !left.empty(); ++length) {
    const auto whole = std::ranges::find_if(left, [&](const added_token& t) {
      return t.content.size() > length || special || !t.special;
    });
    const bool fits = whole != left.end() && whole->content.size() == length;
    longest = fits ? &*whole : longest;
    if (length == rest.size()) {
      break;
    }
    const auto byte_of = [&](const added_token& t) {
      return t.content.size() > length ? static_cast<std::uint8_t>(t.content[length]) : -1;
    };
    const int next = static_cast<std::uint8_t>(rest[length]);
    const auto same = std::ranges::equal_range(left, next, {}, byte_of);
    left = {same.begin(), same.end()};
  }
  return longest;
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
