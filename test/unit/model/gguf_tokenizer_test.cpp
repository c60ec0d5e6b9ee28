// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf_tokenizer.hpp"

#include "engine/text/byte_level.hpp"
#include "engine/text/tokenizer.hpp"
#include "messages/vocab/error_codes.hpp"
#include "test/support/gguf_files.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace troupe;
using engine::gguf_text_files;
using test::gguf_builder;

namespace {

struct vocabulary {
  std::vector<std::string> tokens;
  std::vector<std::int32_t> kinds;
  std::vector<std::string> merges{"h e", "l l"};
};

/// The 256 bytes, two merged tokens, then one of each other kind.
vocabulary small_vocabulary() {
  vocabulary out;
  for (int byte = 0; byte < 256; ++byte) {
    const char one = static_cast<char>(byte);
    out.tokens.push_back(text::to_byte_level({&one, 1}));
  }
  out.tokens.insert(out.tokens.end(), {"he", "ll", "<|begin|>", "<|end|>", "<tool>", "[PAD0]"});
  out.kinds.assign(258, 1);
  out.kinds.insert(out.kinds.end(), {3, 3, 4, 5});
  return out;
}

gguf_builder file_of(const vocabulary& of, const std::string& model = "gpt2",
                     const std::string& pre = "llama-bpe") {
  gguf_builder out;
  out.text("tokenizer.ggml.model", model)
      .text("tokenizer.ggml.pre", pre)
      .texts("tokenizer.ggml.tokens", of.tokens)
      .i32s("tokenizer.ggml.token_type", of.kinds)
      .texts("tokenizer.ggml.merges", of.merges)
      .u32("tokenizer.ggml.bos_token_id", 258)
      .u32("tokenizer.ggml.eos_token_id", 259)
      .text("tokenizer.chat_template", "{{ bos_token }}x")
      .text("tokenizer.chat_template.tool_use", "y");
  return out;
}

result<gguf_text_files> files_of(const gguf_builder& source) {
  const test::temporary_directory directory;
  test::write_file(directory.path("a.gguf"), source.done());
  const auto file = engine::gguf_file::open(directory.path("a.gguf"));
  if (!file) {
    FAIL(file.err().text);
  }
  return engine::text_of_gguf(*file);
}

std::shared_ptr<const text::tokenizer> made(const gguf_builder& source) {
  const auto files = files_of(source);
  if (!files) {
    FAIL(files.err().text);
  }
  auto out = text::tokenizer::parse(files->tokenizer_json, files->tokenizer_config_json);
  if (!out) {
    FAIL(out.err().text);
  }
  return *out;
}

std::string refused_field(const gguf_builder& source) {
  const auto files = files_of(source);
  REQUIRE_FALSE(files.has_value());
  CHECK(files.err().code == errors::model_invalid);
  return files.err().field;
}

} // namespace

TEST_CASE("a GGUF's byte-level BPE encodes and decodes as its tokenizer.json would") {
  const auto tokens = made(file_of(small_vocabulary()));

  CHECK(tokens->encode("hello<|end|>") == token_list{256, 257, 'o', 259});
  CHECK(tokens->encode("<tool>", {.parse_special = false}) == token_list{260});
  CHECK(tokens->encode("he", {.add_special = true}) == token_list{258, 256});
  CHECK(tokens->decode(token_list{258, 256, 260}) == "he<tool>");
  CHECK(tokens->is_special(259));
  CHECK_FALSE(tokens->is_special(260));
  CHECK(tokens->bytes_of(261).empty());
  CHECK(tokens->config().bos_token == "<|begin|>");
  CHECK(tokens->config().eos_token == "<|end|>");
  CHECK(tokens->config().find_template()->source == "{{ bos_token }}x");
  CHECK(tokens->config().find_template("tool_use")->source == "y");
}

TEST_CASE("each way of cutting words that a GGUF may name makes a tokenizer") {
  for (const auto* pre : {"llama-bpe", "qwen2", "gpt-2", "smollm"}) {
    const auto tokens = made(file_of(small_vocabulary(), "gpt2", pre));
    CHECK(tokens->decode(tokens->encode("hello, 1234 worlds!\n")) == "hello, 1234 worlds!\n");
  }
  const auto says_no = made(file_of(small_vocabulary())
                                .value("tokenizer.ggml.add_bos_token",
                                       engine::gguf_value_type::boolean, std::string(1, '\0')));
  CHECK(says_no->encode("he", {.add_special = true}) == token_list{256});
}

TEST_CASE("tokenizers of a GGUF that are not read, or contradict themselves, are refused by key") {
  const auto fine = small_vocabulary();
  CHECK(refused_field(file_of(fine, "llama")) == "tokenizer.ggml.model");
  CHECK(refused_field(gguf_builder{}) == "tokenizer.ggml.model");
  CHECK(refused_field(file_of(fine, "gpt2", "tekken")) == "tokenizer.ggml.pre");
  auto broken = fine;
  broken.kinds.pop_back();
  CHECK(refused_field(file_of(broken)) == "tokenizer.ggml.token_type");
  broken = fine;
  broken.kinds[3] = 6;
  CHECK(refused_field(file_of(broken)) == "tokenizer.ggml.token_type");
  broken = fine;
  broken.tokens[3] = "\xff";
  CHECK(refused_field(file_of(broken)) == "tokenizer.ggml.tokens");
  broken = fine;
  broken.merges.push_back("\xff x");
  CHECK(refused_field(file_of(broken)) == "tokenizer.ggml.merges");
  CHECK(refused_field(file_of(fine).u32("tokenizer.ggml.padding_token_id", 262))
        == "tokenizer.ggml.padding_token_id");
}
