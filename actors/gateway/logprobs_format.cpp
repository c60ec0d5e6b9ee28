// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/logprobs_format.hpp"

#include "runtime/base/utf8.hpp"
#include "runtime/json/write.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace troupe::openai {

namespace {

constexpr float least_logprob = -9999.0F;

std::string as_text(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const auto next = utf8::first(bytes);
    out += next.state == utf8::status::valid ? bytes.substr(0, next.bytes) : utf8::replacement;
    bytes.remove_prefix(next.bytes);
  }
  return out;
}

void append_named(std::string& out, const model_text& model, token_id token, float logprob) {
  const auto bytes = model.tokens().bytes_of(token);
  out += R"({"token":)";
  json::append_string(out, as_text(bytes));
  out += R"(,"logprob":)";
  append_logprob(out, logprob);
  out += R"(,"bytes":[)";
  std::string_view comma;
  for (const char byte : bytes) {
    out += comma;
    json::append_integer(out, static_cast<unsigned char>(byte));
    comma = ",";
  }
  out += ']';
}

void append_ranked(std::string& out, const model_text& model, const ranked_token& each,
                   std::uint32_t rank) {
  out += '"';
  json::append_integer(out, each.token);
  out += R"(":{"logprob":)";
  append_logprob(out, each.logprob);
  out += R"(,"rank":)";
  json::append_integer(out, rank);
  out += R"(,"decoded_token":)";
  json::append_string(out, as_text(model.tokens().bytes_of(each.token)));
  out += '}';
}

} // namespace

void append_logprob(std::string& out, float logprob) {
  json::append_number(out, std::isnan(logprob) ? least_logprob : std::max(logprob, least_logprob));
}

void append_token_logprobs(std::string& out, const model_text& model, const choice_delta& delta) {
  const auto count = std::min(delta.tokens.size(), delta.logprobs.size());
  for (std::size_t at = 0; at < count; ++at) {
    out += out.empty() ? "" : ",";
    append_named(out, model, delta.tokens[at], delta.logprobs[at].logprob);
    out += R"(,"top_logprobs":[)";
    std::string_view comma;
    for (const auto& each : delta.logprobs[at].top) {
      out += comma;
      append_named(out, model, each.token, each.logprob);
      out += '}';
      comma = ",";
    }
    out += "]}";
  }
}

void append_prompt_logprobs(std::string& out, const model_text& model, token_id token,
                            const token_logprobs& told, std::uint32_t top) {
  out += '{';
  append_ranked(out, model, {token, told.logprob}, told.rank);
  for (std::uint32_t at = 0; at < std::min<std::size_t>(top, told.top.size()); ++at) {
    if (told.top[at].token != token) {
      out += ',';
      append_ranked(out, model, told.top[at], at + 1);
    }
  }
  out += '}';
}

} // namespace troupe::openai
