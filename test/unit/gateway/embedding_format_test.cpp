// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/embedding_format.hpp"

#include "actors/gateway/unit_vector.hpp"
#include "runtime/base/bytes.hpp"
#include "test/unit/gateway/test_model.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

using namespace troupe;

namespace {

using numbers = std::vector<float>;

std::string whole(bool is_base64, std::uint32_t dimensions) {
  auto what = std::make_shared<prepared>();
  what->text = test::byte_model();
  what->prompts = {{'h', 'i'}, {'x'}};
  what->pooling = pooling_kind::mean;
  what->is_base64 = is_base64;
  what->dimensions = dimensions;
  openai::embedding_format format({.model = "m"}, what);
  const numbers first{3, 0, -4};
  const numbers second{0, 2, 0};
  format.keep(1, {.embedding = second});
  format.keep(0, {.embedding = first});
  format.keep_end(1, finish_reason::stop);
  format.keep_end(0, finish_reason::stop);
  std::string out;
  format.write_whole(out, {.prompt_tokens = 3});
  return out;
}

std::string base64_of(std::string_view text) {
  std::string out;
  openai::append_base64(out, as_bytes_view(text));
  return out;
}

} // namespace

TEST_CASE("embeddings are OpenAI's list, by input, byte for byte") {
  CHECK(whole(false, 0)
        == R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.6,0,-0.8]},)"
           R"({"object":"embedding","index":1,"embedding":[0,1,0]}],"model":"m",)"
           R"("usage":{"prompt_tokens":3,"total_tokens":3}})");
}

TEST_CASE("embeddings in base64 are little-endian floats") {
  CHECK(
      whole(true, 2)
      == R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAAA="},)"
         R"({"object":"embedding","index":1,"embedding":"AAAAAAAAgD8="}],"model":"m",)"
         R"("usage":{"prompt_tokens":3,"total_tokens":3}})");
}

TEST_CASE("base64 is RFC 4648's") {
  CHECK(base64_of("").empty());
  CHECK(base64_of("f") == "Zg==");
  CHECK(base64_of("fo") == "Zm8=");
  CHECK(base64_of("foo") == "Zm9v");
  CHECK(base64_of("foobar") == "Zm9vYmFy");
  CHECK(base64_of("\xff\xfe\xfb") == "//77");
}

TEST_CASE("a vector is cut, then made to length 1") {
  CHECK(unit_vector(numbers{3, 4, 12}, 2) == numbers{0.6F, 0.8F});
  CHECK(unit_vector(numbers{3, 4, 12}, 3) == unit_vector(numbers{3, 4, 12}, 0));
  CHECK(unit_vector(numbers{0, 0, 1}, 2) == numbers{0, 0}); // Nothing is left to stretch.
  CHECK(unit_vector(numbers{1e30F, 1e30F}, 0)[0] == doctest::Approx(std::sqrt(0.5)));
  CHECK(unit_vector(numbers{1e-30F, 0}, 0) == numbers{1, 0});
}
