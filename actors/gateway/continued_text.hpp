// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/detokenizer.hpp"
#include "messages/vocab/tokens.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

namespace troupe {

/// A detokenizer for the tokens that come after `before`: it leaves no blank out and finishes a
/// character that those began. Looks at the last tokens only, which is enough for both.
/// Checked: test/unit/gateway/choice_text_test.cpp
[[nodiscard]] inline text::detokenizer detokenizer_after(const text::tokenizer& with,
                                                         std::span<const token_id> before) {
  constexpr std::size_t enough = 8;
  text::detokenizer out(with);
  std::string ignored;
  for (const auto token : before.last(std::min(enough, before.size()))) {
    out.push(token, ignored);
  }
  return out;
}

/// What `tokens` add to a text that goes on after them; a character that they leave open is not
/// there yet.
[[nodiscard]] inline std::string continuable_text(const text::tokenizer& with,
                                                  std::span<const token_id> tokens) {
  text::detokenizer characters(with);
  std::string out;
  for (const auto token : tokens) {
    characters.push(token, out);
  }
  return out;
}

} // namespace troupe
