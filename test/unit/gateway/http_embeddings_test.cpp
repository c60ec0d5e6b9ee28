// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/json/read.hpp"
#include "test/unit/gateway/api_rig.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;
using namespace troupe::test;

namespace {

std::shared_ptr<fake_reply> embeds(api_rig& rig, const std::string& input,
                                   const std::string& more = "") {
  return rig.ask("POST", "/v1/embeddings", R"({"model":"bytes","input":)" + input + more + "}");
}

/// Places all that was posted at worker_a and answers each with its prompt's first two tokens.
void serve(api_rig& rig) {
  rig.run_posted();
  std::vector<place> asked;
  for (const auto* each : rig.out.sent<place>()) {
    asked.push_back(*each);
  }
  for (const auto& each : asked) {
    rig.say(router_a,
            placement{.stream = each.stream, .attempt = each.attempt, .decode = worker(worker_a)});
    const auto order = *rig.out.sent<embed>().at(0);
    const auto number = rig.out.sends().front().request_id;
    rig.out.clear();
    context cx{.now = rig.now, .out = rig.out};
    rig.core.on_response(
        number,
        {.from = worker_a,
         .what = delivery::kind::response,
         .body = message::of(embedded{.stream = order.stream,
                                      .attempt = order.attempt,
                                      .values = {static_cast<float>(order.prompt.at(0)),
                                                 static_cast<float>(order.prompt.at(1))}})},
        cx);
  }
}

} // namespace

TEST_CASE("POST /v1/embeddings answers a list in the inputs' order, of length 1") {
  api_rig rig;
  const auto reply = embeds(rig, "[[3,4],[4,3,9]]");
  serve(rig);
  CHECK(reply->status == 200);
  CHECK(reply->headers["content-type"] == "application/json");
  CHECK(reply->body
        == R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.6,0.8]},)"
           R"({"object":"embedding","index":1,"embedding":[0.8,0.6]}],"model":"bytes",)"
           R"("usage":{"prompt_tokens":5,"total_tokens":5}})");
  CHECK(rig.api.client_count() == 0);
}

TEST_CASE("pooling is the request's, else the model's, else last") {
  for (const auto told : {pooling_kind::none, pooling_kind::mean, pooling_kind::last}) {
    api_rig rig;
    auto card = byte_card();
    card.pooling = told;
    rig.texts.publish({{"bytes", *model_text::from_card(card, render_plainly)}});
    const auto pooling_of = [&](const std::string& more) {
      const auto reply = embeds(rig, R"("hi")", more);
      rig.run_posted();
      const auto asked = *rig.out.sent<place>().at(0);
      rig.say(
          router_a,
          placement{.stream = asked.stream, .attempt = asked.attempt, .decode = worker(worker_a)});
      return rig.out.sent<embed>().at(0)->pooling;
    };
    CHECK(pooling_of("") == (told == pooling_kind::none ? pooling_kind::last : told));
    CHECK(pooling_of(R"(,"pooling":"mean")") == pooling_kind::mean);
    CHECK(pooling_of(R"(,"pooling":"last")") == pooling_kind::last);
  }
}

TEST_CASE("what a model cannot embed is refused with its input") {
  api_rig rig;
  auto card = byte_card(100);
  card.embedding_size = 8;
  rig.texts.publish({{"bytes", *model_text::from_card(card, render_plainly)}});
  const std::string full(100, 'a');
  const auto quoted = [](const std::string& text) {
    return "\"" + text + "\"";
  };
  const auto param = [&](const std::string& input, const std::string& more = "") {
    const auto reply = embeds(rig, input, more);
    CHECK(reply->status == 400);
    return param_of(*reply);
  };
  CHECK(param("[" + quoted("a") + "," + quoted(full + "a") + "]") == "input[1]");
  CHECK(param(quoted(full + "a")) == "input");
  CHECK(code_of(*embeds(rig, quoted(full + "a"))) == "context_length_exceeded");
  CHECK(param(R"(["a",""])") == "input[1]");
  CHECK(param("[[1],[2],[259]]") == "input[2]");
  CHECK(param(quoted("a"), R"(,"dimensions":9)") == "dimensions");

  const auto whole = embeds(rig, quoted(full), R"(,"dimensions":8)");
  rig.run_posted();
  CHECK(rig.out.sent<place>().size() == 1); // It fills the context.
  CHECK(whole->status == 0);
}

TEST_CASE("300,000 tokens of inputs are taken and one more is refused") {
  api_rig rig;
  rig.texts.publish({{"bytes", byte_model(2000)}});
  const auto inputs = [](std::size_t count, std::size_t tokens) {
    std::string one(tokens, 'a');
    std::string out = "[";
    for (std::size_t at = 0; at < count; ++at) {
      out += "\"" + one + "\",";
    }
    return out;
  };
  const auto most = inputs(149, 2000) + "\"" + std::string(1999, 'a') + "\"";
  CHECK(embeds(rig, most + R"(,"a"])")->status == 0);
  const auto reply = embeds(rig, most + R"(,"aa"])");
  CHECK(reply->status == 400);
  CHECK(param_of(*reply) == "input");
}

TEST_CASE("the path takes POST only, and unknown models are told") {
  api_rig rig;
  CHECK(rig.ask("GET", "/v1/embeddings")->status == 405);
  const auto reply = rig.ask("POST", "/v1/embeddings", R"({"model":"other","input":"a"})");
  CHECK(reply->status == 404);
  CHECK(param_of(*reply) == "model");
}

TEST_CASE("a client that goes cancels its embeddings") {
  api_rig rig;
  const auto reply = embeds(rig, R"("hi")");
  rig.run_posted();
  const auto asked = *rig.out.sent<place>().at(0);
  rig.say(router_a,
          placement{.stream = asked.stream, .attempt = asked.attempt, .decode = worker(worker_a)});
  reply->gone();
  rig.run_posted();
  CHECK(rig.out.sent<cancel>(worker_a).size() == 1);
  CHECK(rig.api.client_count() == 0);
  CHECK(rig.core.idle());
}
