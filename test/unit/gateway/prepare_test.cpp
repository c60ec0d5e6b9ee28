// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/prepare.hpp"

#include "messages/vocab/error_codes.hpp"
#include "test/unit/gateway/core_rig.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;
using test::as_tokens;
using test::byte_model;

namespace {

chat_request asking(const std::string& more = "", const std::string& content = "hi") {
  const auto parsed =
      parse_chat_request(R"({"model":"bytes","messages":[{"role":"user","content":")" + content
                             + R"("}])" + more + "}",
                         {});
  TROUPE_CHECK(parsed.has_value());
  return *parsed;
}

} // namespace

TEST_CASE("a request becomes the tokens of its rendered messages") {
  const auto what = prepare(asking(R"(,"seed":4,"stop":"x","n":2,"stream":true)"), byte_model());

  REQUIRE(what);
  CHECK(what->prompts == std::vector<token_list>{as_tokens("user: hi\nassistant: ")});
  CHECK(what->seed_given);
  CHECK(what->how.seed == 4);
  CHECK(what->stops == std::vector<std::string>{"x"});
  CHECK(what->choices == 2);
  CHECK(what->stream);
  CHECK(what->stop_tokens == std::vector<token_id>{256});
}

TEST_CASE("the model's defaults stand where the client is silent") {
  const auto silent = prepare(asking(), byte_model());
  const auto spoken = prepare(asking(R"(,"temperature":0,"top_p":0.5,"top_k":-1)"), byte_model());

  REQUIRE(silent);
  REQUIRE(spoken);
  CHECK(silent->how == sampling{.temperature = 0.7F, .top_p = 0.9F, .top_k = 5});
  CHECK(spoken->how == sampling{.temperature = 0, .top_p = 0.5F, .top_k = 0});
}

TEST_CASE("without max_tokens an answer may fill the context, more than that is refused by name") {
  const auto open = prepare(asking(), byte_model(40));
  const auto fits = prepare(asking(R"(,"max_tokens":20)"), byte_model(40));
  const auto over = prepare(asking(R"(,"max_completion_tokens":21)"), byte_model(40));

  REQUIRE(open);
  CHECK(open->max_tokens == 20);
  REQUIRE(fits);
  CHECK(fits->max_tokens == 20);
  REQUIRE_FALSE(over);
  CHECK(over.err().code == errors::prompt_too_long);
  CHECK(over.err().field == "max_completion_tokens");
  CHECK(over.err().text.find("maximum context length is 40 tokens") != std::string::npos);
}

TEST_CASE("a prompt longer than the context is refused with OpenAI's words") {
  const auto refused = prepare(asking("", std::string(100, 'x')), byte_model(40));

  REQUIRE_FALSE(refused);
  CHECK(row_of(refused.err().code).name == "context_length_exceeded");
  CHECK(row_of(refused.err().code).http_status == 400);
  CHECK(refused.err().field == "messages");
  CHECK(refused.err().text.find("maximum context length is 40 tokens") != std::string::npos);
}

TEST_CASE("ignore_eos leaves no stop token, stop_token_ids adds to them") {
  const auto ignoring = prepare(asking(R"(,"ignore_eos":true)"), byte_model());
  const auto adding = prepare(asking(R"(,"stop_token_ids":[10])"), byte_model());
  const auto unknown = prepare(asking(R"(,"stop_token_ids":[10,259])"), byte_model());

  REQUIRE(ignoring);
  CHECK(ignoring->stop_tokens.empty());
  REQUIRE(adding);
  CHECK(adding->stop_tokens == std::vector<token_id>{256, 10});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.err().field == "stop_token_ids[1]");
}

TEST_CASE("tools are shown to the model and their calls looked for") {
  const auto what =
      prepare(asking(R"(,"tools":[{"type":"function","function":{"name":"f"}}])"), byte_model());

  REQUIRE(what);
  CHECK(what->parse_tool_calls);
  CHECK(what->prompts == std::vector<token_list>{as_tokens("[f]user: hi\nassistant: ")});
}

TEST_CASE("a template that fails is the request's error") {
  const auto text =
      model_text::from_card(test::byte_card(), [](const json::value&, const json::value&) {
        return result<std::string>(
            error{.code = errors::template_failed, .text = "roles must alternate"});
      });
  REQUIRE(text);

  const auto refused = prepare(asking(), *text);

  REQUIRE_FALSE(refused);
  CHECK(refused.err().code == errors::template_failed);
  CHECK(refused.err().field == "messages");
}

TEST_CASE("preparing is pure: the same request gives the same result") {
  const auto one = prepare(asking(), byte_model());
  const auto two = prepare(asking(), byte_model());

  REQUIRE(one);
  REQUIRE(two);
  CHECK(one->prompts == two->prompts);
  CHECK(one->how == two->how);
  CHECK(one->max_tokens == two->max_tokens);
}

TEST_CASE("the card's chat template renders messages, tools and the assistant's turn") {
  const std::string source = "{% for t in tools or [] %}[{{ t.function.name }}]{% endfor %}"
                             "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
                             "{% if add_generation_prompt %}assistant: {% endif %}";
  const auto text = model_text::from_card(test::byte_card(256, source));
  REQUIRE(text);

  const auto plain = prepare(asking(), *text);
  const auto with_tools =
      prepare(asking(R"(,"tools":[{"type":"function","function":{"name":"f"}}])"), *text);

  REQUIRE(plain);
  CHECK(plain->prompts == std::vector<token_list>{as_tokens("user: hi\nassistant: ")});
  REQUIRE(with_tools);
  CHECK(with_tools->prompts == std::vector<token_list>{as_tokens("[f]user: hi\nassistant: ")});
}

TEST_CASE("a model without a template, or with a broken one, says so to each chat request") {
  const auto none = model_text::from_card(test::byte_card());
  const auto broken = model_text::from_card(test::byte_card(256, "{% if %}"));
  REQUIRE(none);
  REQUIRE(broken);

  const auto unsupported = prepare(asking(), *none);
  const auto failed = prepare(asking(), *broken);

  REQUIRE_FALSE(unsupported);
  CHECK(unsupported.err().code == errc::unsupported);
  REQUIRE_FALSE(failed);
  CHECK(failed.err().code == errors::template_failed);
}

TEST_CASE("a template that raises or never ends is refused without harm") {
  const auto raising =
      model_text::from_card(test::byte_card(256, "{{ raise_exception('no system here') }}"));
  const auto looping = model_text::from_card(test::byte_card(
      256, "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}"));
  REQUIRE(raising);
  REQUIRE(looping);

  const auto raised = prepare(asking(), *raising);
  const auto looped = prepare(asking(), *looping);

  REQUIRE_FALSE(raised);
  CHECK(raised.err().code == errors::template_failed);
  CHECK(raised.err().text.find("no system here") != std::string::npos);
  REQUIRE_FALSE(looped);
  CHECK(looped.err().code == errors::template_failed);
}
