// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/tokenizer.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/json/read.hpp"
#include "test/unit/text/small_tokenizer.hpp"

#include <doctest/doctest.h>

#include <functional>

namespace troupe::text {
namespace {

error refused(const std::function<void(json::value&)>& change) {
  auto document = small_document();
  change(document);
  auto read = tokenizer::parse(json::write(document));
  return read ? error{} : read.err();
}

json::value& model(json::value& document) {
  return *document.find("model");
}

void set_part(json::value& document, std::string_view name, std::string_view text) {
  auto part = json::parse(text);
  REQUIRE(part);
  document.set(name, *part);
}

TEST_CASE("encode merges within words and decode gives the text back") {
  const auto with = made(small_document());

  CHECK(with->encode("hell") == token_list{256, 257});
  CHECK(with->encode("").empty());
  for (const std::string text : {"hello  world's\n\t x", "né 😀 漢字", "\r\n \u00a0a", "123 4,5"}) {
    CHECK(with->decode(with->encode(text)) == text);
  }
}

TEST_CASE("every byte string has tokens and invalid UTF-8 is read as U+FFFD") {
  const auto with = made(small_document());

  CHECK(with->decode(with->encode("a\xFF\xE2\x82z")) == "a\uFFFD\uFFFDz");
}

TEST_CASE("merges are read as text and as pairs alike") {
  auto pairs = small_document({{"h", "e"}, {"he", "y"}});
  auto texts = pairs;
  model(texts).set("merges", json::value::array{"h e", "he y"});

  CHECK(made(pairs)->encode("hey he") == made(texts)->encode("hey he"));
  CHECK(made(texts)->encode("hey") == token_list{257});
}

TEST_CASE("ignore_merges prefers a word that is a token") {
  auto document = small_document({{"h", "e"}});
  model(document).find("vocab")->set("hey", 257);
  CHECK(made(document)->encode("hey") == token_list{256, 'y'});

  model(document).set("ignore_merges", true);
  CHECK(made(document)->encode("hey") == token_list{257});

  document.set("added_tokens", json::value::array{added(300, "xyz", true)});
  CHECK(made(document)->encode("xyz", {.parse_special = false}) == token_list{'x', 'y', 'z'});
}

TEST_CASE("special tokens in text are tokens only where asked") {
  auto document = small_document();
  document.set("added_tokens", json::value::array{added(258, "<end>", true)});
  const auto with = made(document);

  CHECK(with->encode("a<end>") == token_list{'a', 258});
  CHECK(with->encode("a<end>", {.parse_special = false}).size() == 6);
  CHECK(with->decode(token_list{'a', 258, 'b'}) == "ab");
  CHECK(with->decode(token_list{'a', 258, 'b'}, false) == "a<end>b");
}

TEST_CASE("the post-processor's tokens surround a text where asked") {
  auto document = small_document();
  document.set("added_tokens", json::value::array{added(258, "<s>", true)});
  document.set("post_processor",
               *json::parse(R"({"type":"Sequence","processors":[{"type":"ByteLevel"},
                 {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},
                 {"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{}}]})"));
  const auto with = made(document);

  CHECK(with->encode("a", {.add_special = true}) == token_list{258, 'a'});
  CHECK(with->encode("a") == token_list{'a'});
}

TEST_CASE("NFC brings decomposed letters together") {
  auto document = small_document();
  document.set("normalizer", json::object_of({{"type", "NFC"}}));
  const auto with = made(document);

  CHECK(with->decode(with->encode("e\u0301 x")) == "\u00e9 x");
  CHECK(with->encode("e\u0301") == with->encode("\u00e9"));
  CHECK(with->decode(with->encode("ab e\u0301\u0323z \u00e9\u0323 \u1112\u1161\u11ab."))
        == "ab \u1eb9\u0301z \u1eb9\u0301 \ud55c.");
}

TEST_CASE("what only another engine can serve is refused by its field") {
  const auto field_of_unsupported = [](const std::function<void(json::value&)>& change) {
    const auto why = refused(change);
    CHECK(why.code == errc::unsupported);
    CHECK(why.text.find("external engine") != std::string::npos);
    return why.field;
  };
  CHECK(field_of_unsupported([](auto& d) { model(d).set("type", "WordPiece"); }) == "model.type");
  CHECK(field_of_unsupported([](auto& d) { model(d).set("type", "Unigram"); }) == "model.type");
  CHECK(field_of_unsupported([](auto& d) { model(d).set("dropout", 0.1); }) == "model.dropout");
  CHECK(field_of_unsupported([](auto& d) { model(d).set("end_of_word_suffix", "</w>"); })
        == "model.end_of_word_suffix");
  CHECK(
      field_of_unsupported([](auto& d) { set_part(d, "normalizer", R"({"type":"StripAccents"})"); })
      == "normalizer.type");
  CHECK(field_of_unsupported(
            [](auto& d) { set_part(d, "pre_tokenizer", R"({"type":"UnicodeScripts"})"); })
        == "pre_tokenizer.type");
  CHECK(field_of_unsupported([](auto& d) {
          set_part(d, "pre_tokenizer",
                   R"({"type":"Split","pattern":{"Regex":"[a-z&&[^b]]"},"behavior":"Isolated"})");
        })
        == "pre_tokenizer.pattern");
  CHECK(field_of_unsupported([](auto& d) { set_part(d, "decoder", R"({"type":"WordPiece"})"); })
        == "decoder.type");
  CHECK(field_of_unsupported([](auto& d) { set_part(d, "decoder", R"({"type":"Fuse"})"); })
        == "decoder.type");
  CHECK(field_of_unsupported([](auto& d) {
          d.set("pre_tokenizer", nullptr);
          d.set("decoder", nullptr);
        })
        == "decoder");
  CHECK(field_of_unsupported(
            [](auto& d) { set_part(d, "post_processor", R"({"type":"BertProcessing"})"); })
        == "post_processor.type");
}

TEST_CASE("what contradicts itself is refused by its field") {
  const auto field_of_invalid = [](const std::function<void(json::value&)>& change) {
    const auto why = refused(change);
    CHECK(why.code == errors::model_invalid);
    CHECK(why.text.starts_with("tokenizer.json: "));
    return why.field;
  };
  CHECK(field_of_invalid([](auto& d) { model(d).find("vocab")->set("a", 98); })
        == "model.vocab[\"b\"]");
  CHECK(field_of_invalid([](auto& d) { model(d).find("vocab")->set("he", 2'000'000'000); })
        == "model.vocab[\"he\"]");
  CHECK(field_of_invalid([](auto& d) { model(d).find("vocab")->set("he", -1); })
        == "model.vocab[\"he\"]");
  CHECK(field_of_invalid([](auto& d) { model(d).find("vocab")->set("he", "x"); })
        == "model.vocab[\"he\"]");
  CHECK(field_of_invalid([](auto& d) { model(d).set("vocab", json::object_of({{"a", 0}})); })
        == "model.vocab");
  CHECK(field_of_invalid([](auto& d) { model(d).find("merges")->push_back("no such"); })
        == "model.merges[2]");
  CHECK(field_of_invalid([](auto& d) { model(d).find("merges")->push_back(7); })
        == "model.merges[2]");
  CHECK(field_of_invalid([](auto& d) { model(d).set("merges", "h e"); }) == "model.merges");
  CHECK(field_of_invalid(
            [](auto& d) { d.set("added_tokens", json::value::array{added(3, "<x>", true)}); })
        == "added_tokens[0].id");
  CHECK(field_of_invalid(
            [](auto& d) { d.set("added_tokens", json::value::array{added(258, "", true)}); })
        == "added_tokens[0].content");
  CHECK(field_of_invalid([](auto& d) {
          d.set("pre_tokenizer", *json::parse(R"({"type":"Split","pattern":{"Regex":"(a"},
            "behavior":"Isolated"})"));
        })
        == "pre_tokenizer.pattern");
  CHECK(field_of_invalid([](auto& d) { d = json::value(7); }).empty());
}

TEST_CASE("a part of the pipeline that is malformed is refused by its field") {
  const auto field = [](std::string_view name, const std::string& text) {
    const auto why = refused([&](auto& d) { set_part(d, name, text); });
    CHECK(why.code == errors::model_invalid);
    CHECK(why.text.starts_with("tokenizer.json: "));
    return why.field;
  };
  CHECK(field("normalizer", R"({"type":"Strip"})") == "normalizer.strip_left");
  CHECK(field("normalizer", R"({"type":"Prepend"})") == "normalizer.prepend");
  CHECK(field("normalizer", R"({"type":"Replace","pattern":{"String":""},"content":""})")
        == "normalizer.pattern");
  CHECK(field("normalizer", R"({"type":"Replace","pattern":{"Regex":"a{2,1}"},"content":""})")
        == "normalizer.pattern");
  CHECK(field("normalizer", R"({"type":"Sequence","normalizers":[{"type":"Replace","pattern":{},
                                "content":"x"}]})")
        == "normalizer.normalizers[0].pattern");
  CHECK(field("normalizer", R"({"type":"Prepend","prepend":")" + std::string(5'000, 'x') + "\"}")
        == "normalizer.prepend");
  CHECK(field("normalizer", R"({"type":"Precompiled","precompiled_charsmap":"####"})")
        == "normalizer.precompiled_charsmap");
  CHECK(field("pre_tokenizer", R"({"type":"Metaspace"})") == "pre_tokenizer.replacement");
  CHECK(field("pre_tokenizer", R"({"type":"Metaspace","replacement":"ab"})")
        == "pre_tokenizer.replacement");
  CHECK(field("pre_tokenizer",
              R"({"type":"Metaspace","replacement":"_","prepend_scheme":"sometimes"})")
        == "pre_tokenizer.prepend_scheme");
  CHECK(field("post_processor", R"({"type":"TemplateProcessing","single":[
                {"SpecialToken":{"id":"<s>"}}],
                "special_tokens":{"<s>":{"id":"<s>","ids":[-1],"tokens":["<s>"]}}})")
        == "post_processor.special_tokens.<s>.ids[0]");
  CHECK(field("post_processor", R"({"type":"TemplateProcessing","single":[
                {"SpecialToken":{"id":"<s>"}}]})")
        == "post_processor.single[0].SpecialToken");
}

TEST_CASE("ids far beyond the number of tokens are refused before there is room for them") {
  const auto why = refused([](auto& d) { model(d).find("vocab")->set("he", 5'000); });
  CHECK(why.field == "model.vocab[\"he\"]");
}

TEST_CASE("a pattern that is hard at every character costs a text a bounded number of searches") {
  auto document = small_document();
  set_part(document, "pre_tokenizer", R"({"type":"Sequence","pretokenizers":[
    {"type":"Split","pattern":{"Regex":"(?=(a|a){17}b)|a"},"behavior":"Isolated"},
    {"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]})");
  const auto with = made(document);

  CHECK(with->encode(std::string(400, 'a')).size() == 400);
  // Some seconds for these bytes, if each search took its hundred thousand steps.
  CHECK(with->encode(std::string(20'000, 'a')).size() == 20'000);
}

TEST_CASE("an added token that is looked for in normalised text is normalised as well") {
  auto document = small_document();
  document.set("normalizer", json::object_of({{"type", "Lowercase"}}));
  auto token = added(258, "<End>", false);
  token.set("normalized", true);
  document.set("added_tokens", json::value::array{token});
  const auto with = made(document);

  CHECK(with->encode("A<END>") == token_list{'a', 258});
  CHECK(with->decode(token_list{258}) == "<End>");
}

TEST_CASE("tokenizer_config.json may describe tokens by text or object and templates by name") {
  const auto read = parse_tokenizer_config(
      R"({"bos_token":{"content":"<s>"},"eos_token":"</s>","chat_template":[
         {"name":"default","template":"A"},{"name":"tool_use","template":"B"}]})");

  REQUIRE(read);
  CHECK(read->bos_token == "<s>");
  CHECK(read->eos_token == "</s>");
  CHECK(read->find_template("tool_use")->source == "B");
  CHECK(parse_tokenizer_config("{\"eos_token\": 5}").err().field == "eos_token");
  CHECK(parse_tokenizer_config("{").err().code == errors::model_invalid);
}

} // namespace
} // namespace troupe::text
