// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/tokenizer_feed.hpp"

#include "engine/text/tokenizer.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace troupe::test {
namespace {

constexpr std::array<std::string_view, 6> texts{
    "Hello world, hey  <s> the 1234.5 don't\r\n\n\tx ",
    "h\u00e9llo \u4f60\u597d \u0645\u0631\u062d\u0628\u0627 \u0928\u092e\u0938\u094d\u0924\u0947 "
    "\U0001f469\u200d\U0001f680\ufdfa\u2581\u00a0",
    "\xff\xfe a\x80\xc3 \xf0\x9f\x98 <|im_start|>",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "b",
    "                                                                                        b  ",
    ""};

} // namespace

tokenizer_outcome feed_tokenizer(bytes_view input) {
  const auto all = as_text(input);
  const auto end = std::min(all.find('\0'), all.size());
  const auto config = all.substr(std::min(end + 1, all.size()));
  tokenizer_outcome out;
  const auto read = text::tokenizer::parse(all.substr(0, end), config);
  if (!read) {
    out.why = read.err();
    TROUPE_CHECK(out.why->text.starts_with("tokenizer"));
    TROUPE_CHECK(out.why->code == errors::model_invalid || out.why->code == errc::unsupported);
    return out;
  }
  for (const auto text : texts) {
    for (const bool special : {true, false}) {
      const auto tokens = (*read)->encode(text, {.parse_special = special, .add_special = special});
      out.tokens += tokens.size();
      for (const auto token : tokens) {
        TROUPE_CHECK(token < (*read)->vocab_size());
      }
      const auto back = (*read)->decode(tokens, special);
      TROUPE_CHECK(utf8::first_invalid(back) == back.size());
    }
  }
  static_cast<void>((*read)->bos_id());
  static_cast<void>((*read)->eos_id());
  static_cast<void>((*read)->config().find_template());
  return out;
}

} // namespace troupe::test
