// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/http_api.hpp"

#include "actors/gateway/http_path.hpp"
#include "runtime/json/read.hpp"
#include "test/unit/gateway/api_rig.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;
using namespace troupe::test;

TEST_CASE("a path is taken without query, v1 and escapes") {
  CHECK(decode_path("/v1/models/a%2Fb?x=1") == "models/a/b");
  CHECK(decode_path("/chat/completions/") == "chat/completions");
  CHECK(decode_path("/") == "");
  CHECK(decode_path("/v1") == "");
  CHECK(decode_path("/v1x/%zz%4") == "v1x/%zz%4");
}

TEST_CASE("a whole answer is one JSON body with usage and the request's id") {
  api_rig rig;
  const auto reply = rig.chat();
  const auto which = rig.place_it();
  rig.make(which, 0, "hey");
  CHECK(reply->ends == 0);
  rig.make(which, 3, "!", stream_end{.cached_tokens = 16});

  CHECK(reply->status == 200);
  CHECK(reply->ends == 1);
  CHECK(reply->headers["content-type"] == "application/json");
  const auto body = json::parse(reply->body);
  REQUIRE(body);
  CHECK(*body->find("id")->as_string() == "chatcmpl-" + reply->headers["x-request-id"]);
  CHECK(*body->find("created")->as_integer() == 1000);
  CHECK(*(*body->find("choices")->as_array())[0].find("message")->find("content")->as_string()
        == "hey!");
  CHECK(*body->find("usage")->find("prompt_tokens_details")->find("cached_tokens")->as_integer()
        == 16);
  CHECK(rig.api.client_count() == 0);
}

TEST_CASE("a stream opens with its first token and ends with DONE") {
  api_rig rig;
  const auto reply = rig.chat(R"(,"stream":true,"stream_options":{"include_usage":true},"odd":1)");
  const auto which = rig.place_it();
  CHECK(reply->status == 0);
  rig.make(which, 0, "a");
  CHECK(reply->status == 200);
  CHECK(reply->headers["content-type"] == "text/event-stream; charset=utf-8");
  CHECK(reply->headers["x-troupe-ignored-params"] == "odd");
  CHECK(reply->body.find(R"("delta":{"role":"assistant","content":""})") != std::string::npos);
  rig.make(which, 1, "b", stream_end{});

  CHECK(reply->body.find(R"("delta":{"content":"b"})") != std::string::npos);
  CHECK(reply->body.find(R"("completion_tokens":2)") != std::string::npos);
  CHECK(reply->body.ends_with("data: [DONE]\n\n"));
  CHECK(reply->ends == 1);
}

TEST_CASE("rules go to the worker and log probabilities come back, streamed or whole") {
  api_rig rig;
  const std::string asking = R"(,"logprobs":true,"top_logprobs":1,"logit_bias":{"98":5})"
                             R"(,"presence_penalty":0.5,"min_tokens":2,"max_tokens":9)";
  for (const auto* stream : {"", R"(,"stream":true)"}) {
    const auto reply = rig.chat(asking + stream);
    const auto which = rig.place_it();
    const auto& order = *rig.out.sent<generate>().at(0);
    CHECK(order.how.presence_penalty == 0.5F);
    CHECK(order.how.min_tokens == 2);
    CHECK(order.how.top_logprobs == 1);
    CHECK(order.rules.bias == std::vector<token_bias>{{98, 5}});
    tokens batch;
    batch.entries.push_back({.stream = which.stream,
                             .attempt = which.attempt,
                             .tokens = as_tokens("ab"),
                             .logprobs = {{-0.25F, {{'x', -0.125F}}}, {-0.5F, {{'b', -0.5F}}}}});
    rig.say(worker_a, batch);
    batch.entries[0].first_index = 1;
    batch.entries[0].tokens = as_tokens("bc");
    batch.entries[0].logprobs = {{-0.5F, {}}, {-0.75F, {}}};
    batch.entries[0].end = stream_end{};
    rig.say(worker_a, batch);

    CHECK(reply->body.find(R"({"token":"a","logprob":-0.25,"bytes":[97],"top_logprobs":[)"
                           R"({"token":"x","logprob":-0.125,"bytes":[120]}]})")
          != std::string::npos);
    const auto b = std::string(R"({"token":"b","logprob":-0.5,"bytes":[98],"top_logprobs":[)");
    const auto at = reply->body.find(b);
    REQUIRE(at != std::string::npos);
    CHECK(reply->body.find(b, at + 1) == std::string::npos);
    CHECK(reply->body.find(R"({"token":"c","logprob":-0.75,)") != std::string::npos);
  }
}

TEST_CASE("what the model's vocabulary or the answer's length do not allow is 400 with its param") {
  api_rig rig;
  CHECK(param_of(*rig.chat(R"(,"logit_bias":{"259":1})")) == "logit_bias");
  CHECK(param_of(*rig.chat(R"(,"allowed_token_ids":[300])")) == "allowed_token_ids");
  CHECK(param_of(*rig.chat(R"(,"banned_token_ids":[300])")) == "banned_token_ids");
  CHECK(param_of(*rig.chat(R"(,"min_tokens":5,"max_tokens":4)")) == "min_tokens");
  rig.texts.publish({{"bytes", byte_model(100'000)}});
  const auto many = rig.chat(R"(,"logprobs":true,"top_logprobs":20)");
  CHECK(param_of(*many) == "logprobs");
  CHECK(many->status == 400);
  CHECK(rig.posted.empty());
}

TEST_CASE("bad bodies are answered at once with 400 and their param") {
  api_rig rig;
  const auto malformed = rig.ask("POST", "/v1/chat/completions", "{");
  const auto invalid = rig.ask("POST", "/v1/chat/completions", "\xff");
  const auto empty = rig.ask("POST", "/v1/chat/completions", R"({"model":"bytes","messages":[]})");
  const auto zero = rig.chat(R"(,"max_tokens":0)");
  const auto huge = rig.chat(R"(,"max_tokens":100000)");

  for (const auto& reply : {malformed, invalid, empty, zero, huge}) {
    CHECK(reply->status == 400);
    CHECK(reply->ends == 1);
    CHECK(reply->headers["x-should-retry"] == "false");
    CHECK_FALSE(reply->headers["x-request-id"].empty());
  }
  CHECK(code_of(*malformed) == "malformed");
  CHECK(param_of(*empty) == "messages");
  CHECK(param_of(*zero) == "max_tokens");
  CHECK(code_of(*huge) == "context_length_exceeded");
  CHECK(rig.posted.empty());
}

TEST_CASE("an unknown model is 404, no model at all is 503 with advice") {
  api_rig rig;
  const auto unknown = rig.ask("POST", "/v1/chat/completions",
                               R"({"model":"x","messages":[{"role":"user","content":"a"}]})");
  rig.texts.publish({});
  const auto none = rig.chat();

  CHECK(unknown->status == 404);
  CHECK(code_of(*unknown) == "model_not_found");
  CHECK(param_of(*unknown) == "model");
  CHECK(none->status == 503);
  CHECK(none->headers["retry-after"] == "1");
  CHECK(none->headers["x-should-retry"] == "true");
}

TEST_CASE("models, health and root are readable, other methods and paths are refused") {
  api_rig rig;

  CHECK(rig.ask("GET", "/v1/models")->body.find(R"("id":"bytes")") != std::string::npos);
  CHECK(rig.ask("GET", "/v1/models/bytes")->status == 200);
  CHECK(rig.ask("GET", "/v1/models/none")->status == 404);
  CHECK(rig.ask("HEAD", "/")->status == 200);
  CHECK(rig.ask("GET", "/")->status == 200);
  CHECK(rig.ask("GET", "/ready")->status == 200);
  CHECK(code_of(*rig.ask("GET", "/nowhere")) == "route_not_found");
  CHECK(rig.ask("GET", "/nowhere")->status == 404);
  CHECK(rig.ask("POST", "/v1/rerank", "{}")->status == 501);
  CHECK(rig.ask("GET", "/v1/completions")->status == 405);
  const auto wrong = rig.ask("GET", "/v1/chat/completions");
  CHECK(wrong->status == 405);
  CHECK(wrong->headers["allow"] == "POST");
  CHECK(rig.ask("DELETE", "/v1/models")->status == 405);
  CHECK(rig.ask("PUT", "/health")->status == 405);
}

TEST_CASE("a gateway without models or about to stop is alive but not ready") {
  api_rig rig;
  rig.texts.publish({});
  CHECK(rig.ask("GET", "/ready")->status == 503);
  CHECK(rig.ask("GET", "/live")->status == 200);
  rig.texts.publish({{"bytes", byte_model()}});
  rig.api.set_draining();

  CHECK(rig.ask("GET", "/health")->status == 503);
  CHECK(rig.ask("GET", "/live")->status == 200);
}

TEST_CASE("with API keys every route but live, ready and health needs one") {
  api_rig rig({.api_keys = {"secret", "other"}});

  const auto none = rig.ask("GET", "/v1/models");
  CHECK(none->status == 401);
  CHECK(code_of(*none) == "invalid_api_key");
  CHECK(rig.ask("GET", "/v1/models", "", {{"authorization", "Bearer secre"}})->status == 401);
  CHECK(rig.ask("GET", "/v1/models", "", {{"authorization", "Bearer secretx"}})->status == 401);
  CHECK(rig.ask("GET", "/v1/models", "", {{"authorization", "secret"}})->status == 401);
  CHECK(rig.ask("GET", "/nowhere")->status == 401);
  CHECK(rig.ask("GET", "/v1/models", "", {{"authorization", "bearer other"}})->status == 200);
  CHECK(rig.ask("GET", "/v1/models", "", {{"x-api-key", "secret"}})->status == 200);
  CHECK(rig.ask("GET", "/ready")->status == 200);
}

TEST_CASE("a client that disconnects cancels its stream, also before it was submitted") {
  api_rig rig;
  const auto running = rig.chat(R"(,"stream":true)");
  const auto which = rig.place_it();
  rig.make(which, 0, "a");
  running->gone();
  rig.run_posted();
  CHECK(rig.out.sent<cancel>().size() == 1);

  const auto early = rig.chat();
  early->gone();
  rig.run_posted();

  CHECK(rig.out.sends().empty());
  CHECK(rig.core.idle());
  CHECK(rig.api.client_count() == 0);
}

TEST_CASE("a client that reads slowly stops its credit until it has caught up") {
  api_rig rig({.waiting_bytes_max = 100});
  const auto reply = rig.chat(R"(,"stream":true)");
  const auto which = rig.place_it();
  reply->waiting = 100;
  rig.make(which, 0, std::string(60, 'x'));
  CHECK(rig.out.sent<stream_credit>().empty());

  rig.let_pass(20ms);
  CHECK(rig.out.sent<stream_credit>().empty());
  reply->waiting = 50;
  rig.let_pass(20ms);

  CHECK(rig.out.sent<stream_credit>().size() == 1);
}

TEST_CASE("an error before the first token has a status, one after it is an event") {
  api_rig rig;
  const auto fail = stream_end{.kind = stream_end_kind::failed,
                               .why = {.code = errc::internal, .text = "broken"}};
  const auto early = rig.chat(R"(,"stream":true)");
  rig.make(rig.place_it(), 0, "", fail);
  const auto late = rig.chat(R"(,"stream":true)");
  const auto which = rig.place_it();
  rig.make(which, 0, "a");
  rig.make(which, 1, "", fail);

  CHECK(early->status == 500);
  CHECK(code_of(*early) == "internal");
  CHECK(late->status == 200);
  CHECK(late->body.find(R"(data: {"error":{"message":"broken")") != std::string::npos);
  CHECK(late->ends == 1);
}

TEST_CASE("a stream in which nothing happens is kept open by comments") {
  api_rig rig;
  const auto reply = rig.chat(R"(,"stream":true)");
  rig.make(rig.place_it(), 0, "a");

  rig.let_pass(15s);
  CHECK(reply->body.find(": ping") == std::string::npos);
  rig.let_pass(15s);

  CHECK(reply->body.ends_with(": ping\n\n"));
}
