// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/model_text.hpp"
#include "engine/text/byte_level.hpp"
#include "runtime/base/check.hpp"
#include "runtime/json/write.hpp"

#include <memory>
#include <string>
#include <string_view>

/// A model whose tokens are the 256 bytes (token = byte) and three more: 256 "<|end|>" (special),
/// 257 and 258 the tags of tool calls.
namespace troupe::test {

inline std::string byte_tokenizer_json() {
  json::value vocab(json::value::object{});
  for (int byte = 0; byte < 256; ++byte) {
    vocab.set(text::to_byte_level(std::string(1, static_cast<char>(byte))), byte);
  }
  json::value::array added;
  int id = 256;
  for (const auto* content : {"<|end|>", "<tool_call>", "</tool_call>"}) {
    added.push_back(json::object_of({{"id", id},
                                     {"content", content},
                                     {"single_word", false},
                                     {"lstrip", false},
                                     {"rstrip", false},
                                     {"normalized", false},
                                     {"special", id == 256}}));
    ++id;
  }
  const auto whole = json::object_of(
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
        json::object_of({{"type", "BPE"}, {"vocab", vocab}, {"merges", json::value::array{}}})}});
  return json::write(whole);
}

/// Says the tools' names, each message as "role: content\n", then "assistant: ".
inline result<std::string> render_plainly(const json::value& messages, const json::value& tools) {
  std::string out;
  if (tools.as_array() != nullptr) {
    for (const auto& tool : *tools.as_array()) {
      out += "[" + *tool.find("function")->find("name")->as_string() + "]";
    }
  }
  for (const auto& message : *messages.as_array()) {
    out += *message.find("role")->as_string() + ": " + *message.find("content")->as_string() + "\n";
  }
  return out + "assistant: ";
}

inline model_card byte_card(std::uint32_t context = 256, std::string_view chat_template = {}) {
  const auto tokenizer = byte_tokenizer_json();
  const std::string all = tokenizer + std::string(chat_template);
  const auto raw = as_bytes_view(all);
  return {.model = "bytes",
          .digest = {{1, 2}},
          .content = {{3, 4}},
          .context_tokens_max = context,
          .vocab_size = 259,
          .stop_tokens = {256},
          .default_temperature = 0.7F,
          .default_top_p = 0.9F,
          .default_top_k = 5,
          .tokenizer_bytes = static_cast<std::uint32_t>(tokenizer.size()),
          .chat_template_bytes = static_cast<std::uint32_t>(chat_template.size()),
          .attachment = blob{bytes(raw.begin(), raw.end())}};
}

inline std::shared_ptr<const model_text> byte_model(std::uint32_t context = 256) {
  auto made = model_text::from_card(byte_card(context), render_plainly);
  TROUPE_CHECK(made.has_value());
  return *made;
}

} // namespace troupe::test
