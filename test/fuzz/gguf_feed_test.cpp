// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/gguf_feed.hpp"

#include "test/support/gguf_files.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

using namespace troupe;

namespace {

std::string small_model() {
  const test::small_llama of{
      .type = "F32", .hidden = 32, .layers = 1, .feed_forward = 32, .vocab = 8};
  auto file = test::gguf_metadata(of);
  file.text("tokenizer.ggml.model", "gpt2")
      .text("tokenizer.ggml.pre", "llama-bpe")
      .texts("tokenizer.ggml.tokens", {"a", "b", "ab", "<|end|>"})
      .i32s("tokenizer.ggml.token_type", {1, 1, 1, 3})
      .texts("tokenizer.ggml.merges", {"a b"});
  test::add_gguf_tensors(file, of, engine::gguf_type::q8_0);
  return file.done();
}

} // namespace

TEST_CASE("a whole small GGUF gives config, tokenizer and tensors") {
  const auto outcome = test::feed_gguf(as_bytes_view(small_model()));
  CHECK(outcome.has_config);
  CHECK(outcome.has_text);
  CHECK(outcome.tensors == 11);
}

TEST_CASE("the seed of the fuzzer of GGUF files is the one that is written here") {
  const auto path = std::string(TROUPE_SOURCE_DIR) + "/test/fuzz/seeds/gguf/small_model";
  if (std::getenv("TROUPE_WRITE_GOLDEN") != nullptr) {
    test::write_file(path, small_model());
  }
  std::ifstream in(path, std::ios::binary);
  CHECK(std::string{std::istreambuf_iterator<char>(in), {}} == small_model());
}

TEST_CASE("no byte of a GGUF's header, whatever it becomes, breaks its readers") {
  constexpr std::size_t header_bytes = 2000;
  const auto whole = small_model();
  REQUIRE(whole.size() > header_bytes);
  for (std::size_t at = 0; at < header_bytes; ++at) {
    for (const int change : {0x01, 0x10, 0x80, 0xff}) {
      auto broken = whole;
      broken[at] = static_cast<char>(broken[at] ^ change);
      const auto outcome = test::feed_gguf(as_bytes_view(broken));
      CHECK(outcome.tensors <= 11);
    }
  }
}
