// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/chat_format.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/json/read.hpp"
#include "test/unit/gateway/test_model.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;

namespace {

const openai::answer_head head{.id = "chatcmpl-1", .model = "m\"1", .created_s = 5};

const std::string chunk_start =
    R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"m\"1",)"
    R"("choices":[{"index":0,"delta":)";

std::string delta_chunk(const choice_delta& delta) {
  std::string out;
  openai::append_delta_chunk(out, head, 0, delta);
  return out;
}

} // namespace

TEST_CASE("a chat id is the request's number in hexadecimal") {
  CHECK(openai::chat_id({{0x0123456789abcdefULL, 0xfULL}})
        == "chatcmpl-0123456789abcdef000000000000000f");
}

TEST_CASE("a stream is role, deltas, finish and DONE, byte for byte") {
  std::string out;
  openai::append_role_chunk(out, head, 0);
  openai::append_delta_chunk(out, head, 0, {.text = "a\n"});
  openai::append_delta_chunk(out, head, 0, {});
  openai::append_finish_chunk(out, head, 0, finish_reason::length);
  openai::append_done(out);

  CHECK(out
        == chunk_start
               + R"({"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]})"
               + "\n\n" + chunk_start
               + R"({"content":"a\n"},"logprobs":null,"finish_reason":null}]})" + "\n\n"
               + chunk_start + R"({},"logprobs":null,"finish_reason":"length"}]})"
               + "\n\ndata: [DONE]\n\n");
}

TEST_CASE("the first piece of a tool call has id, type and name, later ones only arguments") {
  const auto first = delta_chunk(
      {.tool_calls = {{.index = 1, .id = "call_1", .name = "f", .arguments = "{\"a\""}}});
  const auto later = delta_chunk({.tool_calls = {{.index = 1, .arguments = ": 1}"}}});

  CHECK(first
        == chunk_start
               + R"({"tool_calls":[{"index":1,"id":"call_1","type":"function","function":)"
                 R"({"name":"f","arguments":"{\"a\""}}]},"logprobs":null,"finish_reason":null}]})"
               + "\n\n");
  CHECK(later
        == chunk_start
               + R"({"tool_calls":[{"index":1,"function":{"arguments":": 1}"}}]},)"
                 R"("logprobs":null,"finish_reason":null}]})"
               + "\n\n");
}

TEST_CASE("usage has a chunk of its own, and every other chunk says null when it was asked for") {
  auto asked = head;
  asked.include_usage = true;
  std::string out;
  openai::append_finish_chunk(out, asked, 2, finish_reason::tool_calls);
  CHECK(out.find(
            R"("index":2,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}],"usage":null})")
        != std::string::npos);
  out.clear();

  openai::append_usage_chunk(out, asked, "chat.completion.chunk",
                             {.prompt_tokens = 7, .completion_tokens = 3, .cached_tokens = 4});

  CHECK(
      out
      == R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"m\"1",)"
         R"("choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10,)"
         R"("prompt_tokens_details":{"cached_tokens":4},)"
         R"("completion_tokens_details":{"reasoning_tokens":0}}})"
         "\n\n");
}

TEST_CASE("a whole answer gathers its choices from their deltas") {
  openai::whole_choice said;
  said.add(head, {.text = "he"});
  said.add(head, {.text = "y"});
  openai::whole_choice called;
  called.add(head,
             {.tool_calls = {{.index = 0, .id = "call_1", .name = "f", .arguments = "{\"a\""}}});
  called.add(head, {.tool_calls = {{.index = 0, .arguments = ":1}"}}});
  called.why = finish_reason::tool_calls;
  std::string out;

  openai::append_answer(out, head, {said, called}, {.prompt_tokens = 1, .completion_tokens = 2});

  CHECK(
      out
      == R"({"id":"chatcmpl-1","object":"chat.completion","created":5,"model":"m\"1","choices":[)"
         R"({"index":0,"message":{"role":"assistant","content":"hey","refusal":null},)"
         R"("logprobs":null,"finish_reason":"stop"},)"
         R"({"index":1,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":)"
         R"([{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},)"
         R"("logprobs":null,"finish_reason":"tool_calls"}],)"
         R"("usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,)"
         R"("prompt_tokens_details":{"cached_tokens":0},)"
         R"("completion_tokens_details":{"reasoning_tokens":0}}})");
  CHECK(json::parse(out));
}

TEST_CASE("errors have OpenAI's type, code and param") {
  std::string out;
  openai::append_error(
      out, {.code = errors::prompt_too_long, .text = "too \"long\"", .field = "messages"});
  openai::append_error_event(out, {.code = errc::overloaded, .text = "busy"});

  CHECK(out
        == R"({"error":{"message":"too \"long\"","type":"invalid_request_error",)"
           R"("param":"messages","code":"context_length_exceeded"}})"
           R"(data: {"error":{"message":"busy","type":"overloaded_error","param":null,)"
           R"("code":"overloaded"}})"
           "\n\n");
}

TEST_CASE("the list of models names their context") {
  text_registry::snapshot models;
  models.emplace("bytes", test::byte_model(256));
  std::string out;

  openai::append_models(out, models, 9);

  CHECK(out
        == R"({"object":"list","data":[{"id":"bytes","object":"model","created":9,)"
           R"("owned_by":"troupe","max_model_len":256,"context_length":256}]})");
}
