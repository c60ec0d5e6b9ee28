// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/chat_request.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/json/write.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace troupe;

namespace {

error refusal_of(const std::string& body, request_options options = {}) {
  const auto parsed = parse_chat_request(body, options);
  return parsed ? error{} : parsed.err();
}

/// A valid body with one more field.
std::string with(const std::string& field) {
  return R"({"model":"m","messages":[{"role":"user","content":"hi"}],)" + field + "}";
}

std::string with_messages(const std::string& messages) {
  return R"({"model":"m","messages":)" + messages + "}";
}

struct bad_case {
  std::string body;
  std::string param;
  errc code;
};

void check_all(const std::vector<bad_case>& cases) {
  for (const auto& [body, param, code] : cases) {
    CAPTURE(body);
    const auto why = refusal_of(body);
    CAPTURE(why.text);
    CHECK(why.field == param);
    CHECK(why.code == code);
    CHECK_FALSE(why.text.empty());
    CHECK(row_of(why.code).http_status == 400);
  }
}

} // namespace

TEST_CASE("a chat request is read with all its fields") {
  const auto parsed = parse_chat_request(
      R"({"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0.5,"top_p":0.9,)"
      R"("top_k":-1,"seed":-7,"max_completion_tokens":12,"n":2,"stop":["a","b"],"stream":true,)"
      R"("stream_options":{"include_usage":true},"user":"u","parallel_tool_calls":false})",
      {});

  REQUIRE(parsed);
  CHECK(parsed->model == "m");
  CHECK(parsed->how.temperature == 0.5F);
  CHECK(parsed->how.top_p == 0.9F);
  CHECK(parsed->how.top_k == 0U);
  CHECK(parsed->how.seed == static_cast<std::uint64_t>(-7));
  CHECK(parsed->max_tokens == 12U);
  CHECK(parsed->max_tokens_param == "max_completion_tokens");
  CHECK(parsed->choices == 2);
  CHECK(parsed->stops == std::vector<std::string>{"a", "b"});
  CHECK(parsed->stream);
  CHECK(parsed->include_usage);
  CHECK_FALSE(parsed->parallel_tool_calls);
  CHECK(parsed->affinity == "u");
}

TEST_CASE("null stands for an absent optional field") {
  const auto parsed = parse_chat_request(
      with(R"("max_tokens":null,"stop":null,"tools":null,"seed":null,"stream_options":null)"), {});

  REQUIRE(parsed);
  CHECK_FALSE(parsed->max_tokens);
  CHECK(parsed->stops.empty());
  CHECK(parsed->tools.is_null());
}

TEST_CASE("messages are brought into the shape that templates expect") {
  const auto parsed = parse_chat_request(
      with_messages(
          R"([{"role":"developer","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},)"
          R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",)"
          R"("function":{"name":"f","arguments":"{\"x\": 1}"}}]},)"
          R"({"role":"tool","tool_call_id":"c1","content":"2"}])"),
      {});

  REQUIRE(parsed);
  CHECK(json::write(parsed->messages)
        == R"([{"role":"system","content":"a\nb"},{"role":"assistant","content":"",)"
           R"("tool_calls":[{"id":"c1","type":"function","function":{"name":"f",)"
           R"("arguments":{"x":1}}}]},{"role":"tool","content":"2","tool_call_id":"c1"}])");
}

TEST_CASE("bodies that are no JSON object are refused with the place of the fault") {
  CHECK(refusal_of("").code == errc::malformed);
  CHECK(refusal_of(R"({"model":)").code == errc::malformed);
  CHECK(refusal_of(R"({"model":"m",})").text.find("byte") != std::string::npos);
  CHECK(refusal_of("[]").code == errc::invalid_value);
  CHECK(refusal_of(std::string(100, '[')).code == errc::too_large);
}

TEST_CASE("a body that is not UTF-8 is refused with the offset of the byte") {
  const auto body = with("\"user\":\"\xff\"");
  const auto why = refusal_of(body);

  CHECK(why.code == errc::malformed);
  CHECK(why.text.find("UTF-8 at byte " + std::to_string(body.find('\xff'))) != std::string::npos);
}

TEST_CASE("wrong types and missing fields are refused by their names") {
  check_all({
      {R"({"messages":[{"role":"user","content":"x"}]})", "model", errc::invalid_value},
      {R"({"model":"","messages":[{"role":"user","content":"x"}]})", "model", errc::invalid_value},
      {R"({"model":7,"messages":[]})", "model", errc::invalid_value},
      {R"({"model":"m"})", "messages", errc::invalid_value},
      {with_messages("[]"), "messages", errc::invalid_value},
      {with_messages(R"("hi")"), "messages", errc::invalid_value},
      {with_messages("[1]"), "messages[0]", errc::invalid_value},
      {with_messages(R"([{"role":"user","content":"a"},{"role":"user","content":7}])"),
       "messages[1].content", errc::invalid_value},
      {with_messages(R"([{"role":"user"}])"), "messages[0].content", errc::invalid_value},
      {with_messages(R"([{"role":"wizard","content":"a"}])"), "messages[0].role",
       errc::invalid_value},
      {with_messages(R"([{"content":"a"}])"), "messages[0].role", errc::invalid_value},
      {with_messages(R"([{"role":"user","content":[{"type":"text"}]}])"),
       "messages[0].content[0].text", errc::invalid_value},
      {with_messages(R"([{"role":"user","content":[{"type":"image_url","image_url":{}}]}])"),
       "messages[0].content[0].type", errc::unsupported},
      {with_messages(R"([{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]}])"),
       "messages[0].tool_calls[0].function.arguments", errc::invalid_value},
      {with(R"("stream":"yes")"), "stream", errc::invalid_value},
      {with(R"("stream_options":[])"), "stream_options", errc::invalid_value},
      {with(R"("tools":{})"), "tools", errc::invalid_value},
      {with(R"("tools":[{"type":"function","function":{}}])"), "tools[0].function.name",
       errc::invalid_value},
  });
}

TEST_CASE("numbers outside their ranges are refused by their names") {
  check_all({
      {with(R"("max_tokens":0)"), "max_tokens", errc::invalid_value},
      {with(R"("max_tokens":-1)"), "max_tokens", errc::invalid_value},
      {with(R"("max_tokens":1.5)"), "max_tokens", errc::invalid_value},
      {with(R"("max_tokens":999999999999999999)"), "max_tokens", errc::invalid_value},
      {with(R"("max_tokens":99999999999999999999)"), "", errc::malformed},
      {with(R"("max_completion_tokens":0)"), "max_completion_tokens", errc::invalid_value},
      {with(R"("temperature":2.1)"), "temperature", errc::invalid_value},
      {with(R"("temperature":"hot")"), "temperature", errc::invalid_value},
      {with(R"("top_p":0)"), "top_p", errc::invalid_value},
      {with(R"("top_p":1.1)"), "top_p", errc::invalid_value},
      {with(R"("top_k":-2)"), "top_k", errc::invalid_value},
      {with(R"("n":0)"), "n", errc::invalid_value},
      {with(R"("n":9)"), "n", errc::invalid_value},
      {with(R"("seed":"x")"), "seed", errc::invalid_value},
      {with(R"("stop":["a","b","c","d","e"])"), "stop", errc::invalid_value},
      {with(R"("stop":["a",1])"), "stop[1]", errc::invalid_value},
      {with(R"("stop":")" + std::string(257, 'x') + "\""), "stop", errc::too_large},
      {with(R"("stop_token_ids":[-1])"), "stop_token_ids[0]", errc::invalid_value},
  });
}

TEST_CASE("what is understood but not done is refused instead of ignored") {
  check_all({
      {with(R"("tool_choice":"required")"), "tool_choice", errc::unsupported},
      {with(R"("tool_choice":{"type":"function","function":{"name":"f"}})"), "tool_choice",
       errc::unsupported},
      {with(R"("tool_choice":"maybe")"), "tool_choice", errc::invalid_value},
      {with(R"("response_format":{"type":"json_object"})"), "response_format.type",
       errc::unsupported},
      {with(R"("chat_template":"x")"), "chat_template", errc::unsupported},
  });
  CHECK(parse_chat_request(
      with(
          R"("logprobs":false,"logit_bias":{},"presence_penalty":0,"response_format":{"type":"text"})"),
      {}));
}

TEST_CASE("unknown fields are ignored and counted") {
  const auto parsed = parse_chat_request(with(R"("foo":1,"bar":{"x":[]},"store":true)"), {});

  REQUIRE(parsed);
  CHECK(parsed->ignored.count == 2);
  CHECK(parsed->ignored.names == std::vector<std::string>{"foo", "bar"});
}

TEST_CASE("tools are dropped when the client forbids their use") {
  const std::string tools = R"("tools":[{"type":"function","function":{"name":"f"}}])";

  const auto shown = parse_chat_request(with(tools), {});
  const auto hidden = parse_chat_request(with(tools + R"(,"tool_choice":"none")"), {});

  REQUIRE(shown);
  REQUIRE(hidden);
  CHECK(shown->tools.as_array() != nullptr);
  CHECK(hidden->tools.is_null());
}

TEST_CASE("placement is forced only where the operator allows it") {
  const auto body = with(
      R"("troupe":{"prefill":"remote","decode_worker":"d1","prefill_worker":"p1","ignore_eos":true})");

  CHECK(refusal_of(body).field == "troupe");
  const auto parsed = parse_chat_request(body, {.allow_forced_placement = true});
  REQUIRE(parsed);
  CHECK(parsed->forced.prefill == prefill_mode::remote);
  CHECK(parsed->forced.decode_worker == "d1");
  CHECK(parsed->forced.prefill_worker == "p1");
  CHECK(parsed->ignore_eos);
  CHECK(refusal_of(with(R"("troupe":{"prefill":"far"})"), {.allow_forced_placement = true}).field
        == "troupe.prefill");
}

TEST_CASE("the operator's place of prefill stands where the request does not name one") {
  const request_options options{.allow_forced_placement = true, .prefill = prefill_mode::remote};

  CHECK(parse_chat_request(with(R"("n":1)"), options)->forced.prefill == prefill_mode::remote);
  const auto named = parse_chat_request(with(R"("troupe":{"prefill":"local"})"), options);
  CHECK(named->forced.prefill == prefill_mode::local);
  const auto silent = parse_chat_request(with(R"("troupe":{"ignore_eos":true})"), options);
  CHECK(silent->forced.prefill == prefill_mode::remote);
}
