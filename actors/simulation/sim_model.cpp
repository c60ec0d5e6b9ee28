// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_model.hpp"

#include "engine/core/context_key.hpp"
#include "engine/text/byte_level.hpp"
#include "runtime/base/check.hpp"
#include "runtime/json/value.hpp"
#include "runtime/json/write.hpp"

#include <string>
#include <utility>

namespace troupe {

namespace {

std::string tokenizer_json() {
  json::value vocab(json::value::object{});
  for (int byte = 0; byte < 256; ++byte) {
    vocab.set(text::to_byte_level(std::string(1, static_cast<char>(byte))), byte);
  }
  json::value::array added;
  added.push_back(json::object_of({{"id", 256},
                                   {"content", "<|end|>"},
                                   {"single_word", false},
                                   {"lstrip", false},
                                   {"rstrip", false},
                                   {"normalized", false},
                                   {"special", true}}));
  return json::write(json::object_of(
      {{"version", "1.0"},
       {"added_tokens", added},
       {"normalizer", nullptr},
       {"pre_tokenizer", json::object_of({{"type", "ByteLevel"},
                                          {"add_prefix_space", false},
                                          {"trim_offsets", true},
                                          {"use_regex", false}})},
       {"post_processor", nullptr},
       {"decoder", json::object_of({{"type", "ByteLevel"}})},
       {"model",
        json::object_of({{"type", "BPE"}, {"vocab", vocab}, {"merges", json::value::array{}}})}}));
}

sim_model make() {
  const auto tokenizer = tokenizer_json();
  const auto raw = as_bytes_view(tokenizer);
  model_card card{.model = "sim",
                  .digest = {{1, 2}},
                  .content = {{3, 4}},
                  .context_tokens_max = 8192,
                  .vocab_size = sim_model::vocab_size,
                  .stop_tokens = {256},
                  .tokenizer_bytes = static_cast<std::uint32_t>(tokenizer.size()),
                  .attachment = blob{bytes(raw.begin(), raw.end())}};
  engine::sim_options options{
      .hardware = {.fixed_s = 8e-3, .per_token_s = 40e-6},
      .vocabulary = {sim_model::vocab_size, {}},
      .content = card.content,
      .context_tokens_max = card.context_tokens_max,
      .groups = {.full_pages = 1, .window_pages = 1, .window_tokens = 48},
      .block_bytes = 512,
  };
  card.layout = engine::sim_executor(options).traits().layout;
  card.embedding_size = options.embedding_size;
  auto text = model_text::from_card(
      card, [](const json::value&, const json::value&) -> result<std::string> {
        return std::string("unused");
      });
  TROUPE_CHECK(text.has_value());
  const block_namer namer(card.content, "", "", sim_model::cluster_secret);
  return {.card = std::make_shared<const model_card>(std::move(card)),
          .text = std::move(*text),
          .engine = std::move(options),
          .context_key = engine::context_key(namer)};
}

} // namespace

const sim_model& the_sim_model() {
  static const sim_model model = make();
  return model;
}

} // namespace troupe
