// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/completion_format.hpp"

#include "runtime/json/read.hpp"
#include "test/unit/gateway/test_model.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

using namespace troupe;

namespace {

const openai::answer_head head{.id = "cmpl-1", .model = "m", .created_s = 5};
const std::string chunk_start =
    R"(data: {"id":"cmpl-1","object":"text_completion","created":5,"model":"m","choices":[)";

/// Tokens and their log probabilities of one delta.
struct made {
  std::string text;
  token_list tokens;
  std::vector<token_logprobs> logprobs;

  [[nodiscard]] choice_delta delta() const {
    return {.text = text, .tokens = tokens, .logprobs = logprobs};
  }
};

std::shared_ptr<prepared> asking() {
  auto what = std::make_shared<prepared>();
  what->text = test::byte_model();
  what->prompts = {{'h', 'i'}};
  what->continues_prompt = true;
  return what;
}

} // namespace

TEST_CASE("a completion's stream is texts, finish, usage and DONE, byte for byte") {
  auto asked = head;
  asked.include_usage = true;
  openai::completion_format format(asked, asking());
  std::string out;
  format.begin(out, 0);
  format.add(out, 0, {.text = "a\n"});
  format.add(out, 0, {});
  format.finish(out, 0, finish_reason::length);
  format.close(out, {.prompt_tokens = 2, .completion_tokens = 1});

  CHECK(out
        == chunk_start
               + R"({"index":0,"text":"a\n","logprobs":null,"finish_reason":null}],"usage":null})"
               + "\n\n" + chunk_start
               + R"({"index":0,"text":"","logprobs":null,"finish_reason":"length"}],"usage":null})"
               + "\n\n"
               + R"(data: {"id":"cmpl-1","object":"text_completion","created":5,"model":"m",)"
               + R"("choices":[],"usage":{"prompt_tokens":2,"completion_tokens":1,)"
               + R"("total_tokens":3,"prompt_tokens_details":{"cached_tokens":0},)"
               + R"("completion_tokens_details":{"reasoning_tokens":0}}})"
               + "\n\ndata: [DONE]\n\n");
}

TEST_CASE("a whole completion has a choice for each prompt and number") {
  auto what = asking();
  what->prompts.push_back({'x'});
  openai::completion_format format(head, what);
  format.keep(1, {.text = "second"});
  format.keep(0, {.text = "fir"});
  format.keep(0, {.text = "st"});
  format.keep_end(0, finish_reason::stop);
  format.keep_end(1, finish_reason::length);
  std::string out;
  format.write_whole(out, {.prompt_tokens = 3, .completion_tokens = 2});

  CHECK(out
        == R"({"id":"cmpl-1","object":"text_completion","created":5,"model":"m","choices":[)"
           R"({"index":0,"text":"first","logprobs":null,"finish_reason":"stop"},)"
           R"({"index":1,"text":"second","logprobs":null,"finish_reason":"length"}],)"
           R"("usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,)"
           R"("prompt_tokens_details":{"cached_tokens":0},)"
           R"("completion_tokens_details":{"reasoning_tokens":0}}})");
}

TEST_CASE("log probabilities name tokens by text or bytes and count characters") {
  auto what = asking();
  what->how.logprobs = true;
  what->how.top_logprobs = 1;
  openai::completion_format format(head, what);
  const made first{
      "\xC3\xA9",
      {0xC3, 0xA9},
      {{-0.5F, {{0xC3, -0.5F}}}, {-std::numeric_limits<float>::infinity(), {{'x', -0.25F}}}}};
  const made second{"z", {'z'}, {{-1.0F, {{'z', -1.0F}}}}};
  std::string out;
  format.add(out, 0, first.delta());
  format.add(out, 0, second.delta());

  CHECK(
      out
      == chunk_start + "{\"index\":0,\"text\":\"\xC3\xA9\","
             + R"("logprobs":{"tokens":["bytes:\\xc3","bytes:\\xa9"],"token_logprobs":[-0.5,-9999.0],)"
               R"("top_logprobs":[{"bytes:\\xc3":-0.5},{"bytes:\\xa9":-9999.0,"x":-0.25}],)"
               R"("text_offset":[0,0]},"finish_reason":null}]})"
             + "\n\n" + chunk_start
             + R"({"index":0,"text":"z","logprobs":{"tokens":["z"],"token_logprobs":[-1.0],)"
             + R"("top_logprobs":[{"z":-1.0}],"text_offset":[1]},"finish_reason":null}]})"
             + "\n\n");
}

TEST_CASE("with logprobs 0 each token tells of itself, and a chunk tells what text is held back") {
  auto what = asking();
  what->how.logprobs = true;
  openai::completion_format format(head, what);
  const made one{"", {'a'}, {{-0.5F, {{'x', -0.25F}}}}};
  std::string out;
  format.add(out, 0, one.delta());

  CHECK(out.find(R"("text":"","logprobs":{"tokens":["a"],"token_logprobs":[-0.5],)"
                 R"("top_logprobs":[{"a":-0.5}],"text_offset":[0]})")
        != std::string::npos);
}
