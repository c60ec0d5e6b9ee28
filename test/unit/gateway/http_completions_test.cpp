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
