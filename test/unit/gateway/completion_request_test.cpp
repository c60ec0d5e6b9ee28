// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/completion_request.hpp"

#include "messages/vocab/error_codes.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace troupe;

namespace {

std::string with(const std::string& prompt, const std::string& more = "") {
  return R"({"model":"m","prompt":)" + prompt + more + "}";
}

prompt_inputs prompts_of(const std::string& prompt) {
  const auto parsed = parse_completion_request(with(prompt), {});
  return parsed ? parsed->prompts : prompt_inputs{};
}

error refusal_of(const std::string& body) {
  const auto parsed = parse_completion_request(body, {});
  return parsed ? error{} : parsed.err();
}

/// A list of `count` times the same item.
std::string list_of(std::size_t count, const std::string& item) {
  std::string out = "[";
  for (std::size_t at = 0; at < count; ++at) {
    out += (at == 0 ? "" : ",") + item;
  }
  return out + "]";
}

} // namespace

TEST_CASE("a prompt is a text, texts, token ids or lists of them") {
  CHECK(prompts_of(R"("a")") == prompt_inputs{"a"});
  CHECK(prompts_of(R"(["a","b"])") == prompt_inputs{"a", "b"});
  CHECK(prompts_of("[1,2]") == prompt_inputs{token_list{1, 2}});
  CHECK(prompts_of("[[1,2],[3]]") == prompt_inputs{token_list{1, 2}, token_list{3}});
  CHECK(prompts_of(R"(["a",[3]])") == prompt_inputs{"a", token_list{3}});
}

TEST_CASE("a completion is read with all its fields, and OpenAI's silence") {
  const auto silent = parse_completion_request(with(R"("a")"), {});
  const auto spoken = parse_completion_request(
      with(R"("a")", R"(,"max_tokens":3,"temperature":0.5,"n":2,"stop":"x","stream":true,)"
                     R"("stream_options":{"include_usage":true},"seed":5,"logprobs":2,)"
                     R"("suffix":"","best_of":2,"user":"u","add_special_tokens":false,)"
                     R"("logit_bias":{"7":1},"frequency_penalty":1,"odd":1)"),
      {});
  const auto echoed =
      parse_completion_request(with(R"("a")", R"(,"echo":true,"max_tokens":0)"), {});

  REQUIRE(silent);
  CHECK_FALSE(silent->max_tokens);
  CHECK_FALSE(silent->how.logprobs);
  CHECK(silent->add_special);
  CHECK_FALSE(silent->echo);
  REQUIRE(spoken);
  CHECK(spoken->max_tokens == 3U);
  CHECK(spoken->choices == 2);
  CHECK(spoken->stops == std::vector<std::string>{"x"});
  CHECK(spoken->stream);
  CHECK(spoken->include_usage);
  CHECK(spoken->how.seed == 5U);
  CHECK(spoken->how.logprobs);
  CHECK(spoken->how.top_logprobs == 2);
  CHECK(spoken->how.frequency_penalty == 1);
  CHECK(spoken->how.rules.bias == std::vector<token_bias>{{7, 1}});
  CHECK(spoken->affinity == "u");
  CHECK_FALSE(spoken->add_special);
  CHECK(spoken->ignored.names == std::vector<std::string>{"odd"});
  REQUIRE(echoed);
  CHECK(echoed->echo);
  CHECK(echoed->max_tokens == 0U);
}

TEST_CASE("what is wrong with a completion is refused with its param") {
  const std::string a = R"("a")";
  struct bad_case {
    std::string body;
    std::string param;
    errc code;
  };
  const std::vector<bad_case> cases{
      {R"({"model":"m"})", "prompt", errc::invalid_value},
      {with("null"), "prompt", errc::invalid_value},
      {with("7"), "prompt", errc::invalid_value},
      {with("[]"), "prompt", errc::invalid_value},
      {with("[[]]"), "prompt[0]", errc::invalid_value},
      {with("[1,-2]"), "prompt[1]", errc::invalid_value},
      {with("[1,\"a\"]"), "prompt[1]", errc::invalid_value},
      {with("[[1],[2147483648]]"), "prompt[1][0]", errc::invalid_value},
      {with(R"(["a",true])"), "prompt[1]", errc::invalid_value},
      {with(list_of(129, a)), "prompt", errc::too_large},
      {with(list_of(65, a), R"(,"n":2)"), "n", errc::invalid_value},
      {with(a, R"(,"n":9)"), "n", errc::invalid_value},
      {with(a, R"(,"suffix":"b")"), "suffix", errc::unsupported},
      {with(a, R"(,"best_of":3)"), "best_of", errc::unsupported},
      {with(a, R"(,"max_tokens":0)"), "max_tokens", errc::invalid_value},
      {with(a, R"(,"max_tokens":-1)"), "max_tokens", errc::invalid_value},
      {with(a, R"(,"logprobs":21)"), "logprobs", errc::invalid_value},
      {with(a, R"(,"logprobs":true)"), "logprobs", errc::invalid_value},
      {with(a, R"(,"echo":1)"), "echo", errc::invalid_value},
      {with(a, R"(,"min_p":2)"), "min_p", errc::invalid_value},
      {with(a, R"(,"use_beam_search":true)"), "use_beam_search", errc::unsupported},
      {R"({"prompt":"a"})", "model", errc::invalid_value},
  };
  for (const auto& [body, param, code] : cases) {
    const auto why = refusal_of(body);
    CAPTURE(body.substr(0, 80));
    CAPTURE(why.text);
    CHECK(why.field == param);
    CHECK(why.code == code);
    CHECK_FALSE(why.text.empty());
    CHECK(row_of(why.code).http_status == 400);
  }
  CHECK(refusal_of("[]").text.find("\"prompt\"") != std::string::npos);
  CHECK_FALSE(refusal_of(with(list_of(128, a))).field.size());
}
