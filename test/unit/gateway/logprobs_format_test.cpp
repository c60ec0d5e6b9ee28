// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/logprobs_format.hpp"

#include "actors/gateway/chat_format.hpp"
#include "runtime/json/read.hpp"
#include "test/unit/gateway/test_model.hpp"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <string>

using namespace troupe;

namespace {

constexpr std::array<token_id, 2> two_tokens{'a', 0xC3};
const std::array<token_logprobs, 2> two_logprobs{
    token_logprobs{.logprob = -0.5F, .top = {{'a', -0.5F}, {256, -1.0F}}},
    token_logprobs{.logprob = -std::numeric_limits<float>::infinity(), .top = {}}};

choice_delta two() {
  return {.text = "a", .tokens = two_tokens, .logprobs = two_logprobs};
}

openai::answer_head asking() {
  return {.id = "1", .model = "m", .created_s = 5, .logprobs_of = test::byte_model()};
}

} // namespace

TEST_CASE("a token is told with its text, its bytes and the likeliest in its place") {
  std::string out;
  openai::append_token_logprobs(out, *test::byte_model(), two());

  CHECK(out
        == R"({"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[)"
           R"({"token":"a","logprob":-0.5,"bytes":[97]},)"
           R"({"token":"<|end|>","logprob":-1.0,"bytes":[60,124,101,110,100,124,62]}]},)"
           "{\"token\":\"\xEF\xBF\xBD\",\"logprob\":-9999.0,\"bytes\":[195],\"top_logprobs\":[]}");
}

TEST_CASE("tokens without log probabilities are not told") {
  std::string out;
  auto delta = two();
  delta.logprobs = {};
  openai::append_token_logprobs(out, *test::byte_model(), delta);

  CHECK(out.empty());
}

TEST_CASE("a chunk has the log probabilities of its tokens, also while their text is held back") {
  std::string out;
  auto delta = two();
  delta.text.clear();
  openai::append_delta_chunk(out, asking(), 0, delta);

  CHECK(out.find(R"("delta":{},"logprobs":{"content":[{"token":"a",)") != std::string::npos);
  CHECK(out.find(R"("top_logprobs":[]}],"refusal":null},"finish_reason":null)")
        != std::string::npos);
}

TEST_CASE("a whole answer has those of all deltas, an empty list where nothing was said") {
  const auto head = asking();
  openai::whole_choice said;
  said.add(head, two());
  said.add(head, two());
  std::string out;
  openai::append_answer(out, head, {said, {}}, {});
  const auto body = json::parse(out);

  REQUIRE(body);
  const auto& choices = *body->find("choices")->as_array();
  CHECK(choices[0].find("logprobs")->find("content")->as_array()->size() == 4);
  CHECK(choices[1].find("logprobs")->find("content")->as_array()->empty());
}
