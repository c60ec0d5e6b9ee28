// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/embedding_request.hpp"

#include "messages/vocab/error_codes.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;

namespace {

std::string with(const std::string& input, const std::string& more = "") {
  return R"({"model":"m","input":)" + input + more + "}";
}

error refusal_of(const std::string& input, const std::string& more = "") {
  const auto parsed = parse_embedding_request(with(input, more), {});
  return parsed ? error{} : parsed.err();
}

std::string list_of(std::size_t count, const std::string& item) {
  std::string out = "[";
  for (std::size_t at = 0; at < count; ++at) {
    out += (at == 0 ? "" : ",") + item;
  }
  return out + "]";
}

} // namespace

TEST_CASE("an input is a text, texts, token ids or lists of them") {
  const auto inputs_of = [](const std::string& input) {
    const auto parsed = parse_embedding_request(with(input), {});
    return parsed ? parsed->inputs : prompt_inputs{};
  };
  CHECK(inputs_of(R"("a")") == prompt_inputs{"a"});
  CHECK(inputs_of(R"(["a","b"])") == prompt_inputs{"a", "b"});
  CHECK(inputs_of("[1,2]") == prompt_inputs{token_list{1, 2}});
  CHECK(inputs_of("[[1,2],[3]]") == prompt_inputs{token_list{1, 2}, token_list{3}});
}

TEST_CASE("a request for embeddings is read with all its fields, and OpenAI's silence") {
  const auto silent = parse_embedding_request(with(R"("a")"), {});
  REQUIRE(silent);
  CHECK_FALSE(silent->is_base64);
  CHECK(silent->dimensions == 0);
  CHECK_FALSE(silent->pooling);
  CHECK(silent->add_special);
  CHECK(silent->ignored.count == 0);

  const auto spoken = parse_embedding_request(
      with(R"("a")", R"(,"encoding_format":"base64","dimensions":7,"user":"u","pooling":"mean",)"
                     R"("add_special_tokens":false,"odd":1,"temperature":1)"),
      {});
  REQUIRE(spoken);
  CHECK(spoken->is_base64);
  CHECK(spoken->dimensions == 7);
  CHECK(spoken->pooling == pooling_kind::mean);
  CHECK(spoken->affinity == "u");
  CHECK_FALSE(spoken->add_special);
  CHECK(spoken->ignored.names == std::vector<std::string>{"odd", "temperature"});
}

TEST_CASE("what is wrong with a request for embeddings is named by its field") {
  CHECK(parse_embedding_request(R"({"model":"m"})", {}).err().field == "input");
  CHECK(parse_embedding_request(R"({"input":"a"})", {}).err().field == "model");
  CHECK(parse_embedding_request("[]", {}).err().code == errc::invalid_value);
  CHECK(parse_embedding_request("{", {}).err().code == errc::malformed);
  CHECK(refusal_of("[]").field == "input");
  CHECK(refusal_of("7").field == "input");
  CHECK(refusal_of(R"(["a","b","c",7])").field == "input[3]");
  CHECK(refusal_of(R"([[1],[]])").field == "input[1]");
  CHECK(refusal_of(R"([[1],[-1]])").field == "input[1][0]");
  CHECK(refusal_of(R"("a")", R"(,"encoding_format":"hex")").field == "encoding_format");
  CHECK(refusal_of(R"("a")", R"(,"dimensions":0)").field == "dimensions");
  CHECK(refusal_of(R"("a")", R"(,"dimensions":65537)").field == "dimensions");
  CHECK(refusal_of(R"("a")", R"(,"pooling":"cls")").field == "pooling");
}

TEST_CASE("2048 inputs are read and one more is refused") {
  CHECK(parse_embedding_request(with(list_of(2048, R"("a")")), {}));
  const auto why = refusal_of(list_of(2049, R"("a")"));
  CHECK(why.code == errc::too_large);
  CHECK(why.field == "input");
}
