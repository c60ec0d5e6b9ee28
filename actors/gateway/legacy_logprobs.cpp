// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/legacy_logprobs.hpp"

#include "actors/gateway/logprobs_format.hpp"
#include "runtime/base/utf8.hpp"
#include "runtime/json/write.hpp"

namespace troupe::openai {

namespace {

void separate(std::string& list) {
  list += list.empty() ? "" : ",";
}

void append_name(std::string& out, const model_text& model, token_id token) {
  const auto bytes = model.tokens().bytes_of(token);
  if (utf8::first_invalid(bytes) == bytes.size()) {
    json::append_string(out, bytes);
    return;
  }
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string name = "bytes:";
  for (const char each : bytes) {
    const auto byte = static_cast<unsigned char>(each);
    name += "\\x";
    name += digits[byte >> 4U];
    name += digits[byte & 15U];
  }
  json::append_string(out, name);
}

} // namespace

void legacy_logprobs::add_token(token_id token) {
  separate(tokens_);
  append_name(tokens_, *model_, token);
  separate(offsets_);
  json::append_integer(offsets_, static_cast<std::int64_t>(offset_));
  offset_ += utf8::count(characters_.push(token));
}

void legacy_logprobs::add_first(token_id token) {
  add_token(token);
  separate(logprobs_);
  logprobs_ += "null";
  separate(top_);
  top_ += "null";
}

void legacy_logprobs::add(token_id token, const token_logprobs& told) {
  add_token(token);
  separate(logprobs_);
  append_logprob(logprobs_, told.logprob);
  separate(top_);
  top_ += '{';
  append_name(top_, *model_, token);
  top_ += ':';
  append_logprob(top_, told.logprob);
  std::uint32_t count = 0;
  for (const auto& each : told.top) {
    if (count++ == top_max_) {
      break;
    }
    if (each.token != token) {
      top_ += ',';
      append_name(top_, *model_, each.token);
      top_ += ':';
      append_logprob(top_, each.logprob);
    }
  }
  top_ += '}';
}

void legacy_logprobs::write(std::string& out) {
  out += R"({"tokens":[)";
  out += tokens_;
  out += R"(],"token_logprobs":[)";
  out += logprobs_;
  out += R"(],"top_logprobs":[)";
  out += top_;
  out += R"(],"text_offset":[)";
  out += offsets_;
  out += "]}";
  tokens_.clear();
  logprobs_.clear();
  top_.clear();
  offsets_.clear();
}

} // namespace troupe::openai
