// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/tokenizer.hpp"

#include "engine/text/detokenizer.hpp"
#include "engine/text/tokenizer_parts.hpp"
#include "runtime/base/utf8.hpp"

namespace troupe::text {

namespace {

std::string repaired(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto valid = utf8::first_invalid(text);
    out.append(text.substr(0, valid));
    text.remove_prefix(valid);
    if (!text.empty()) {
      out += utf8::replacement;
      text.remove_prefix(utf8::first(text).bytes);
    }
  }
  return out;
}

} // namespace

tokenizer::tokenizer(tokenizer_parts parts)
    : parts_(std::make_unique<const tokenizer_parts>(std::move(parts))) {
}

tokenizer::~tokenizer() = default;

token_list tokenizer::encode(std::string_view text, encode_options options) const {
  std::string valid;
  if (utf8::first_invalid(text) < text.size()) {
    valid = repaired(text);
    text = valid;
  }
  token_list out;
  out.reserve(text.size() / 4 + 8);
  if (options.add_special) {
    out = parts_->prefix;
  }
  std::vector<text_part> parts;
  std::vector<text_part> inner;
  std::string normal;
  parts_->before_normal.split(text, options.parse_special, parts);
  for (const auto& part : parts) {
    if (part.token != nullptr) {
      out.push_back(part.token->id);
      continue;
    }
    inner.clear();
    parts_->after_normal.split(parts_->normal.apply(part.text, normal), options.parse_special,
                               inner);
    for (const auto& one : inner) {
      if (one.token != nullptr) {
        out.push_back(one.token->id);
      } else {
        encode_text(one.text, out);
      }
    }
  }
  if (options.add_special) {
    out.insert(out.end(), parts_->suffix.begin(), parts_->suffix.end());
  }
  return out;
}

void tokenizer::encode_text(std::string_view text, token_list& out) const {
  thread_local std::vector<std::string_view> words;
  std::string storage;
  parts_->words.split(text, storage, words);
  for (const auto word : words) {
    if (parts_->ignore_merges) {
      if (const auto whole = parts_->tokens.find(word)) {
        out.push_back(*whole);
        continue;
      }
    }
    parts_->merges.encode(word, out);
  }
}

std::string tokenizer::decode(std::span<const token_id> tokens, bool skip_special) const {
  std::string out;
  detokenizer state(*this, skip_special);
  for (const auto token : tokens) {
    state.push(token, out);
  }
  state.flush(out);
  return out;
}

std::uint32_t tokenizer::vocab_size() const {
  return parts_->tokens.size();
}

std::optional<token_id> tokenizer::id_of(std::string_view text) const {
  const auto added = parts_->added_ids.find(std::string(text));
  return added != parts_->added_ids.end() ? added->second : parts_->tokens.find(text);
}

std::string_view tokenizer::bytes_of(token_id id) const {
  return parts_->tokens.bytes_of(id);
}

bool tokenizer::is_special(token_id id) const {
  return parts_->tokens.is_special(id);
}

const tokenizer_config& tokenizer::config() const {
  return parts_->config;
}

std::optional<token_id> tokenizer::bos_id() const {
  return config().bos_token.empty() ? std::nullopt : id_of(config().bos_token);
}

std::optional<token_id> tokenizer::eos_id() const {
  return config().eos_token.empty() ? std::nullopt : id_of(config().eos_token);
}

} // namespace troupe::text
