// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/tokenizer.hpp"
#include "engine/text/tokenizer_parts.hpp"
#include "engine/text/tokenizer_reading.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/json/read.hpp"

namespace troupe::text {

namespace {

constexpr json::read_limits file_limits{.bytes = 128U << 20U, .items = 16U << 20U, .depth = 32};

void read_normalizer(tokenizer_reading& reading) {
  if (const auto* from = reading.in.find("normalizer")) {
    reading.parts.normal = normalizer::parse(*from, "normalizer", reading.wrong);
  }
}

void read_pre_tokenizer(tokenizer_reading& reading) {
  if (const auto* from = reading.in.find("pre_tokenizer")) {
    reading.parts.words = pre_tokenizer::parse(*from, "pre_tokenizer", reading.wrong);
  }
}

void read_decoder(tokenizer_reading& reading) {
  reading.decoder = token_decoder::parse(reading.in.find("decoder"),
                                         reading.parts.words.is_byte_level(), reading.wrong);
  reading.parts.output = reading.decoder.rules();
}

void read_all(tokenizer_reading& reading) {
  for (const auto step : {read_normalizer, read_pre_tokenizer, read_decoder, read_model,
                          read_added_tokens, read_post_processor}) {
    if (reading.wrong.empty()) {
      step(reading);
    }
  }
}

error file_error(const error& why) {
  return {why.code == errc::unsupported ? errc::unsupported : errors::model_invalid,
          "tokenizer.json: " + why.text, why.field};
}

} // namespace

result<std::shared_ptr<const tokenizer>> tokenizer::parse(std::string_view tokenizer_json,
                                                          std::string_view tokenizer_config_json) {
  auto config = parse_tokenizer_config(tokenizer_config_json);
  if (!config) {
    return std::move(config).err();
  }
  const auto document = json::parse(tokenizer_json, file_limits);
  if (!document) {
    return file_error(document.err());
  }
  regex::begin_text();
  tokenizer_reading reading(*document);
  read_all(reading);
  if (reading.wrong.first()) {
    return file_error(*reading.wrong.first());
  }
  reading.parts.config = std::move(*config);
  return std::make_shared<const tokenizer>(std::move(reading.parts));
}

} // namespace troupe::text
