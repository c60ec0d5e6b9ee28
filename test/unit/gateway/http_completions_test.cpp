// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/json/read.hpp"
#include "test/unit/gateway/api_rig.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace troupe;
using namespace troupe::test;

namespace {

json::value body_of(const fake_reply& reply) {
  auto body = json::parse(reply.body);
  TROUPE_CHECK(body.has_value());
  return *std::move(body);
}

std::string text_of(const json::value& body, std::size_t choice) {
  return *(*body.find("choices")->as_array()).at(choice).find("text")->as_string();
}

} // namespace

TEST_CASE("a completion goes on where its prompt ended and is 16 tokens long unless told") {
  api_rig rig;
  const auto reply = rig.complete(R"("hi")");
  const auto order = rig.place_all().at(0);
  CHECK(order.prompt == as_tokens("hi"));
  CHECK(order.max_tokens == 16);
  CHECK(order.stop_tokens == std::vector<token_id>{256});
  rig.make(order.streams[0], 0, " there", stream_end{.cached_tokens = 1});

  CHECK(reply->status == 200);
  const auto body = body_of(*reply);
  CHECK(*body.find("id")->as_string() == "cmpl-" + reply->headers["x-request-id"]);
  CHECK(*body.find("object")->as_string() == "text_completion");
  CHECK(text_of(body, 0) == " there");
  CHECK(*body.find("usage")->find("prompt_tokens")->as_integer() == 2);
  CHECK(*body.find("usage")->find("completion_tokens")->as_integer() == 6);
}

TEST_CASE("several prompts are streams of their own, numbered by prompt and choice") {
  api_rig rig;
  const auto reply = rig.complete(R"(["one",[116,119,111]])", R"(,"n":2,"seed":5)");
  const auto orders = rig.place_all();
  REQUIRE(orders.size() == 4);
  for (std::uint32_t at = 0; at < 4; ++at) {
    CHECK(orders[at].prompt == as_tokens(at < 2 ? "one" : "two"));
    CHECK(orders[at].streams[0].choice == at % 2); // As if its prompt had come alone.
    CHECK(orders[at].how.seed == 5);
  }
  for (const auto at : {2U, 0U, 3U, 1U}) {
    rig.make(orders[at].streams[0], 0, std::string(1, static_cast<char>('a' + at)),
             stream_end{.cached_tokens = at});
  }

  const auto body = body_of(*reply);
  for (std::uint32_t at = 0; at < 4; ++at) {
    CHECK(text_of(body, at) == std::string(1, static_cast<char>('a' + at)));
  }
  const auto* usage = body.find("usage");
  CHECK(*usage->find("prompt_tokens")->as_integer() == 6); // Each prompt once.
  CHECK(*usage->find("completion_tokens")->as_integer() == 4);
  CHECK(*usage->find("prompt_tokens_details")->find("cached_tokens")->as_integer() == 2);
  CHECK(rig.api.client_count() == 0);
}

TEST_CASE("equal prompts without a seed are answered by different draws") {
  api_rig rig;
  const auto reply = rig.complete(R"(["a","a"])");
  const auto orders = rig.place_all();

  REQUIRE(orders.size() == 2);
  CHECK(orders[0].how.seed != orders[1].how.seed);
}

TEST_CASE("an echo comes first, and a prompt's open character is finished by the answer") {
  api_rig rig;
  const auto reply = rig.complete(R"([104,105,195])", R"(,"echo":true,"stream":true)");
  const auto order = rig.place_all().at(0);
  rig.make(order.streams[0], 0, "\xA9!", stream_end{});

  CHECK(reply->body.find("\"text\":\"hi\xC3\xA9!\"") != std::string::npos);
  CHECK(reply->body.ends_with("data: [DONE]\n\n"));
}

TEST_CASE("an echo alone shows and counts no token of the answer") {
  for (const auto* made : {"x", ""}) {
    api_rig rig;
    const auto reply = rig.complete(R"("hi")", R"(,"echo":true,"max_tokens":0)");
    const auto order = rig.place_all().at(0);
    CHECK(order.max_tokens == 1);
    rig.make(order.streams[0], 0, made, stream_end{});

    const auto body = body_of(*reply);
    CHECK(text_of(body, 0) == "hi");
    CHECK(*(*body.find("choices")->as_array())[0].find("finish_reason")->as_string() == "length");
    CHECK(*body.find("usage")->find("completion_tokens")->as_integer() == 0);
  }
}

TEST_CASE("what a completion's model does not allow is 400 with its param") {
  api_rig rig;
  CHECK(param_of(*rig.complete(R"("")")) == "prompt");
  CHECK(param_of(*rig.complete(R"(["a",""])")) == "prompt[1]");
  CHECK(param_of(*rig.complete("[[1],[2,259]]")) == "prompt[1]");
  CHECK(param_of(*rig.complete(R"("a")", R"(,"min_tokens":17)")) == "min_tokens");
  const auto huge = rig.complete(R"("a")", R"(,"max_tokens":256)");
  CHECK(param_of(*huge) == "max_tokens");
  CHECK(code_of(*huge) == "context_length_exceeded");
  const auto filling = rig.complete('"' + std::string(255, 'a') + '"');
  CHECK(filling->status == 0); // One token is left of the context, and 16 were not insisted on.
  CHECK(param_of(*rig.complete('"' + std::string(256, 'a') + '"')) == "prompt");
}

TEST_CASE("a client that leaves cancels all streams of its prompts") {
  api_rig rig;
  const auto reply = rig.complete(R"(["a","b","c"])", R"(,"stream":true)");
  CHECK(rig.place_all().size() == 3);
  reply->gone();
  rig.run_posted();

  CHECK(rig.out.sent<cancel>().size() == 3);
  CHECK(rig.core.idle());
}

TEST_CASE("one prompt that fails ends the request, the others are cancelled") {
  api_rig rig;
  const auto reply = rig.complete(R"(["a","b"])");
  const auto orders = rig.place_all();
  rig.make(orders[1].streams[0], 0, "",
           stream_end{.kind = stream_end_kind::failed,
                      .why = {.code = errc::internal, .text = "broken"}});

  CHECK(reply->status == 500);
  CHECK(reply->ends == 1);
  CHECK(std::ranges::any_of(rig.out.sent<cancel>(), [&](const auto* each) {
    return each->stream == orders[0].streams[0].stream;
  }));
  CHECK(rig.core.idle());
}

namespace {

/// "hi!" scored and answered by "a".
void score_and_answer(api_rig& rig, const generate& order) {
  tokens batch;
  auto& entry = batch.entries.emplace_back();
  entry.stream = order.streams[0].stream;
  entry.attempt = order.streams[0].attempt;
  entry.prompt_logprobs = {{-0.5F, {{'i', -0.5F}, {'o', -1.0F}}, 1},
                           {-3.0F, {{'o', -0.25F}, {'x', -2.0F}}, 7}};
  rig.say(worker_a, batch);
  entry.prompt_logprobs.clear();
  entry.tokens = as_tokens("a");
  if (order.how.logprobs) {
    entry.logprobs = {{-0.125F, {{'a', -0.125F}, {'b', -4.0F}}}};
  }
  entry.end = stream_end{};
  rig.say(worker_a, batch);
}

} // namespace

TEST_CASE("an echo with logprobs tells those of the prompt too, whole or streamed") {
  api_rig rig;
  const auto whole = rig.complete(R"("hi!")", R"(,"echo":true,"logprobs":1)");
  const auto order = rig.place_all().at(0);
  CHECK(order.how.prompt_logprobs);
  CHECK(order.how.prompt_top_logprobs == 1);
  score_and_answer(rig, order);
  CHECK(whole->body.find(R"("text":"hi!a","logprobs":{"tokens":["h","i","!","a"],)"
                         R"("token_logprobs":[null,-0.5,-3.0,-0.125],)"
                         R"("top_logprobs":[null,{"i":-0.5},{"!":-3.0,"o":-0.25},{"a":-0.125}],)"
                         R"("text_offset":[0,1,2,3]})")
        != std::string::npos);

  const auto streamed = rig.complete(R"("hi!")", R"(,"echo":true,"logprobs":0,"stream":true)");
  score_and_answer(rig, rig.place_all().at(0));
  CHECK(streamed->body.find(
            R"("text":"hi!","logprobs":{"tokens":["h","i","!"],"token_logprobs":[null,-0.5,-3.0],)"
            R"("top_logprobs":[null,{"i":-0.5},{"!":-3.0}],"text_offset":[0,1,2]})")
        != std::string::npos);
  CHECK(streamed->body.find(R"("text":"a","logprobs":{"tokens":["a"],"token_logprobs":[-0.125],)"
                            R"("top_logprobs":[{"a":-0.125}],"text_offset":[3]})")
        != std::string::npos);
}

TEST_CASE("an echo alone with logprobs is a prompt's score") {
  api_rig rig;
  const auto reply = rig.complete(R"("hi!")", R"(,"echo":true,"logprobs":0,"max_tokens":0)");
  score_and_answer(rig, rig.place_all().at(0));

  CHECK(reply->body.find(R"("text":"hi!","logprobs":{"tokens":["h","i","!"],)"
                         R"("token_logprobs":[null,-0.5,-3.0],)")
        != std::string::npos);
}

TEST_CASE("prompt_logprobs come beside a chat's choices and in each of a completion's") {
  const std::string told =
      R"("prompt_logprobs":[null,{"105":{"logprob":-0.5,"rank":1,"decoded_token":"i"}},)"
      R"({"33":{"logprob":-3.0,"rank":7,"decoded_token":"!"},)"
      R"("111":{"logprob":-0.25,"rank":1,"decoded_token":"o"}}])";
  api_rig rig;
  const auto completed = rig.complete(R"("hi!")", R"(,"prompt_logprobs":1)");
  score_and_answer(rig, rig.place_all().at(0));
  CHECK(completed->body.find(R"("finish_reason":"stop",)" + told + "}]") != std::string::npos);

  const auto chat = rig.chat(R"(,"prompt_logprobs":0,"n":2)");
  const auto orders = rig.place_all();
  CHECK(orders.at(0).how.prompt_logprobs);
  CHECK_FALSE(orders.at(1).how.prompt_logprobs);
  tokens batch;
  auto& entry = batch.entries.emplace_back();
  entry.stream = orders[0].streams[0].stream;
  entry.attempt = orders[0].streams[0].attempt;
  entry.prompt_logprobs.resize(orders[0].prompt.size() - 1);
  entry.end = stream_end{};
  rig.say(worker_a, batch);
  rig.make(orders[1].streams[0], 0, "b", stream_end{});
  const auto body = body_of(*chat);
  CHECK(body.find("prompt_logprobs")->as_array()->size() == orders[0].prompt.size());
  CHECK(body.find("choices")->as_array()->size() == 2);
}

TEST_CASE("log probabilities of prompts are bounded, and come with whole answers only") {
  api_rig rig;
  CHECK(param_of(*rig.complete(R"("a")", R"(,"prompt_logprobs":1,"stream":true)"))
        == "prompt_logprobs");
  CHECK(param_of(*rig.chat(R"(,"prompt_logprobs":1,"stream":true)")) == "prompt_logprobs");
  CHECK(param_of(*rig.chat(R"(,"prompt_logprobs":21)")) == "prompt_logprobs");
  rig.texts.publish({{"bytes", byte_model(100'000)}});
  const auto long_text = '"' + std::string(20'000, 'a') + '"';
  const auto many = rig.complete(long_text, R"(,"prompt_logprobs":20)");
  CHECK(param_of(*many) == "prompt_logprobs");
  CHECK(many->status == 400);
  CHECK(param_of(*rig.complete(long_text, R"(,"echo":true,"logprobs":20,"stream":true)"))
        == "logprobs");
  CHECK(rig.complete(long_text, R"(,"echo":true,"logprobs":2,"stream":true)")->status == 0);
}
