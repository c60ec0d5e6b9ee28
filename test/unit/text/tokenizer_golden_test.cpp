// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/detokenizer.hpp"
#include "engine/text/tokenizer.hpp"
#include "runtime/json/read.hpp"
#include "test/unit/text/files.hpp"

#include <doctest/doctest.h>

namespace troupe::text {
namespace {

std::shared_ptr<const tokenizer> tiny() {
  auto read = tokenizer::parse(source_file("models/tiny/tokenizer.json"),
                               source_file("models/tiny/tokenizer_config.json"));
  if (!read) {
    FAIL(read.err().text);
  }
  return *read;
}

TEST_CASE("tiny's tokenizer gives the ids and texts of the reference implementation") {
  const auto with = tiny();
  const auto cases = json::parse(source_file("models/tiny/tokenizer_golden.json"));
  REQUIRE(cases);
  REQUIRE(cases->as_array()->size() >= 250);
  for (const auto& one : *cases->as_array()) {
    const auto& text = *one.find("text")->as_string();
    CAPTURE(text);
    token_list expected;
    for (const auto& id : *one.find("ids")->as_array()) {
      expected.push_back(static_cast<token_id>(*id.as_integer()));
    }

    CHECK(with->encode(text) == expected);
    CHECK(with->decode(expected, false) == *one.find("decoded")->as_string());
    CHECK(with->decode(expected, true) == *one.find("without_special")->as_string());

    detokenizer stream(*with, false);
    std::string streamed;
    for (const auto token : expected) {
      stream.push(token, streamed);
    }
    stream.flush(streamed);
    CHECK(streamed == *one.find("decoded")->as_string());
  }
}

TEST_CASE("tiny's tokenizer knows its tokens") {
  const auto with = tiny();

  CHECK(with->vocab_size() == 1536);
  CHECK(with->eos_id() == with->id_of("<|im_end|>"));
  CHECK(!with->bos_id());
  CHECK(with->is_special(*with->id_of("<|im_start|>")));
  CHECK(!with->is_special(*with->id_of("<tool_call>")));
  CHECK(with->bytes_of(*with->id_of("</tool_call>")) == "</tool_call>");
  REQUIRE(with->config().find_template() != nullptr);
  CHECK(with->config().find_template("none of this name")->name == "default");
}

} // namespace
} // namespace troupe::text
