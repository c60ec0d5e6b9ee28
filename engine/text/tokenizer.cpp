// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/tokenizer.hpp"

#include "engine/text/detokenizer.hpp"
#include "engine/text/tokenizer_parts.hpp"
#include "engine/text/word_memo.hpp"
#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <atomic>

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

/// The offset of the first `blank` that follows something else; word.size() where there is none.
std::size_t end_of_segment(std::string_view word, std::string_view blank) {
  std::size_t at = 0;
  while (word.substr(at).starts_with(blank)) {
    at += blank.size();
  }
  return std::min(word.find(blank, at), word.size());
}

std::uint32_t next_serial() {
  static std::atomic<std::uint32_t> last{0};
  return ++last;
}

} // namespace

tokenizer::tokenizer(tokenizer_parts parts)
    : parts_(std::make_unique<const tokenizer_parts>(std::move(parts))), serial_(next_serial()) {
}

tokenizer::~tokenizer() = default;

token_list tokenizer::encode(std::string_view text, encode_options options) const {
  regex::begin_text();
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
        const bool at_start = part.text.data() == text.data() && &one == inner.data();
        encode_text(one.text, at_start, out);
      }
    }
  }
  if (options.add_special) {
    out.insert(out.end(), parts_->suffix.begin(), parts_->suffix.end());
  }
  return out;
}

void tokenizer::encode_text(std::string_view text, bool at_start, token_list& out) const {
  thread_local pre_words cut;
  parts_->words.split(text, at_start, cut);
  for (auto word : cut.words) {
    for (const auto& blank = parts_->cut_before; !blank.empty();) {
      const auto end = end_of_segment(word, blank);
      if (end == word.size()) {
        break;
      }
      encode_word(word.substr(0, end), out);
      word.remove_prefix(end);
    }
    encode_word(word, out);
  }
}

void tokenizer::encode_word(std::string_view word, token_list& out) const {
  auto& memo = word_memo::of_thread();
  if (memo.append_known(serial_, word, out)) {
    return;
  }
  const auto before = out.size();
  encode_by_model(word, out);
  memo.remember(serial_, word, std::span(out).subspan(before));
}

void tokenizer::encode_by_model(std::string_view word, token_list& out) const {
  if (parts_->ignore_merges) {
    if (const auto whole = parts_->tokens.find(word)) {
      out.push_back(*whole);
      return;
    }
  }
  std::visit([&](const auto& model) { model.encode(word, out); }, parts_->model);
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

const output_rules& tokenizer::output() const {
  return parts_->output;
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
