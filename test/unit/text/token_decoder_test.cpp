// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/token_decoder.hpp"

#include "engine/text/byte_token.hpp"
#include "runtime/json/read.hpp"

#include <doctest/doctest.h>

namespace troupe::text {
namespace {

struct read_decoder {
  token_decoder with;
  std::string field; ///< Of what is wrong.
};

read_decoder decoder_of(std::string_view description, bool is_byte_level = false) {
  const auto document = json::parse(description);
  REQUIRE(document);
  json::complaints wrong;
  auto with = token_decoder::parse(&*document, is_byte_level, wrong);
  return {std::move(with), wrong.first() ? wrong.first()->field : ""};
}

TEST_CASE("a sequence writes blanks and bytes and takes the first blank away") {
  const auto [with, field] = decoder_of(R"({"type":"Sequence","decoders":[
    {"type":"Replace","pattern":{"String":"\u2581"},"content":" "},{"type":"ByteFallback"},
    {"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]})");

  CHECK(field.empty());
  CHECK(with.output_of("\u2581a\u2581") == " a ");
  CHECK(with.output_of("<0xe2>") == "\xE2");
  CHECK(with.output_of("<0xEG>") == "<0xEG>");
  CHECK(with.rules().stripped_max == 1);
  CHECK(with.rules().stripped == ' ');
}

TEST_CASE("Metaspace leaves out the blanks of the first token unless none was put there") {
  CHECK(decoder_of(R"({"type":"Metaspace","replacement":"_"})").with.rules().first_without_blanks);
  CHECK(!decoder_of(R"({"type":"Metaspace","replacement":"_","prepend_scheme":"never"})")
             .with.rules()
             .first_without_blanks);
  CHECK(decoder_of(R"({"type":"Metaspace","replacement":"_"})").with.output_of("_a_") == " a ");
}

TEST_CASE("added tokens of a byte-level vocabulary are written as they are") {
  const auto [with, field] = decoder_of(R"({"type":"ByteLevel"})", true);

  CHECK(field.empty());
  CHECK(with.output_of("\u0120a") == " a");
  CHECK(with.output_of_added("\u0120a") == "\u0120a");
}

TEST_CASE("what needs more than one token at once is refused by its field") {
  const auto field = [](std::string_view steps) {
    return decoder_of(R"({"type":"Sequence","decoders":[)" + std::string(steps) + "]}").field;
  };
  CHECK(field(R"({"type":"Fuse"},{"type":"ByteFallback"})") == "decoder.decoders[1].type");
  CHECK(field(R"({"type":"Fuse"},{"type":"Strip","content":" ","start":0,"stop":1})")
        == "decoder.decoders[1].stop");
  CHECK(field(R"({"type":"Replace","pattern":{"Regex":"a"},"content":""})")
        == "decoder.decoders[0].pattern");
  CHECK(field(R"({"type":"Strip","content":"","start":0,"stop":1})")
        == "decoder.decoders[0].content");
  CHECK(field(R"({"type":"ByteLevel"})") == "decoder.decoders[0].type");
}

TEST_CASE("byte tokens are written and read") {
  CHECK(byte_token(0x0A) == "<0x0A>");
  CHECK(byte_of_token("<0x0a>") == 0x0A);
  CHECK(byte_of_token("<0xFF>") == 0xFF);
  CHECK(!byte_of_token("<0x-1>"));
  CHECK(!byte_of_token("<0xF>"));
}

} // namespace
} // namespace troupe::text
