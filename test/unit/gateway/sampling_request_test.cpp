// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/sampling_request.hpp"

#include "runtime/json/read.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;

namespace {

struct reading {
  sampling_request got;
  error why;
};

reading read(const std::string& body) {
  const auto document = json::parse(body);
  REQUIRE(document);
  json::complaints wrong;
  const json::object_reader reader(*document, "", wrong);
  auto got = read_sampling(reader);
  read_chat_logprobs(reader, got);
  return {std::move(got), wrong.first().value_or(error{})};
}

void check_refused(const std::string& body, const std::string& field,
                   errc code = errc::invalid_value) {
  CAPTURE(body);
  const auto why = read(body).why;
  CHECK(why.code == code);
  CHECK(why.field == field);
}

std::string many_ids(std::size_t count) {
  std::string out = "[0";
  for (std::size_t id = 1; id < count; ++id) {
    out += "," + std::to_string(id);
  }
  return out + "]";
}

} // namespace

TEST_CASE("every field of sampling is read") {
  const auto [got, why] =
      read(R"({"min_p":0.1,"repetition_penalty":1.2,"presence_penalty":-2,"frequency_penalty":0.5,)"
           R"("min_tokens":3,"logit_bias":{"7":-100,"9":2.5},"allowed_token_ids":[7,8],)"
           R"("banned_token_ids":[8],"logprobs":true,"top_logprobs":20})");

  CHECK(why.code == errc::none);
  CHECK(got.min_p == 0.1F);
  CHECK(got.repetition_penalty == 1.2F);
  CHECK(got.presence_penalty == -2);
  CHECK(got.frequency_penalty == 0.5F);
  CHECK(got.min_tokens == 3);
  CHECK(got.rules == token_rules{.bias = {{7, -100}, {9, 2.5F}}, .allowed = {7, 8}, .banned = {8}});
  CHECK(got.logprobs);
  CHECK(got.top_logprobs == 20);
}

TEST_CASE("what is absent or null changes nothing") {
  const auto [got, why] = read(R"({"logit_bias":null,"logprobs":false,"top_logprobs":0})");

  CHECK(why.code == errc::none);
  CHECK(got.repetition_penalty == 1);
  CHECK(got.rules.empty());
  CHECK_FALSE(got.logprobs);
}

TEST_CASE("what is outside its range or of another kind is refused by its name") {
  check_refused(R"({"min_p":1.1})", "min_p");
  check_refused(R"({"repetition_penalty":0})", "repetition_penalty");
  check_refused(R"({"presence_penalty":2.5})", "presence_penalty");
  check_refused(R"({"frequency_penalty":"x"})", "frequency_penalty");
  check_refused(R"({"min_tokens":-1})", "min_tokens");
  check_refused(R"({"logit_bias":[1]})", "logit_bias");
  check_refused(R"({"logit_bias":{"x":1}})", "logit_bias");
  check_refused(R"({"logit_bias":{"-1":1}})", "logit_bias");
  check_refused(R"({"logit_bias":{"1":101}})", "logit_bias.1");
  check_refused(R"({"logit_bias":{"1":"a"}})", "logit_bias.1");
  check_refused(R"({"allowed_token_ids":[1,-2]})", "allowed_token_ids[1]");
  check_refused(R"({"banned_token_ids":[1.5]})", "banned_token_ids[0]");
  check_refused(R"({"logprobs":3})", "logprobs");
  check_refused(R"({"logprobs":true,"top_logprobs":21})", "top_logprobs");
  check_refused(R"({"top_logprobs":2})", "top_logprobs");
}

TEST_CASE("lists have a limit in items") {
  CHECK(read(R"({"allowed_token_ids":)" + many_ids(1024) + "}").got.rules.allowed.size() == 1024);
  check_refused(R"({"allowed_token_ids":)" + many_ids(1025) + "}", "allowed_token_ids",
                errc::too_large);
  check_refused(R"({"banned_token_ids":)" + many_ids(1025) + "}", "banned_token_ids",
                errc::too_large);
  std::string biases = R"({"logit_bias":{"0":1)";
  for (int id = 1; id < 1025; ++id) {
    biases += ",\"" + std::to_string(id) + "\":1";
  }
  check_refused(biases + "}}", "logit_bias", errc::too_large);
}
