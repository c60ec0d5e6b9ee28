// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/tokenizer_config.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/json/read.hpp"

#include <algorithm>

namespace troupe::text {

namespace {

constexpr std::size_t templates_max = 32;

/// A token is written as its text or as an object that describes it.
std::string token_text(const json::object_reader& in, std::string_view name) {
  const auto* token = in.find(name);
  if (token != nullptr && token->as_object() != nullptr) {
    return in.object(name).string("content");
  }
  return in.string_or(name, "");
}

void read_templates(const json::object_reader& in, std::vector<named_template>& out) {
  const auto* found = in.find("chat_template");
  if (found == nullptr) {
    return;
  }
  if (found->as_array() == nullptr) {
    out.push_back({"default", in.string("chat_template")});
    return;
  }
  if (found->as_array()->size() > templates_max) {
    in.complain("chat_template", "has more than 32 templates; remove some");
    return;
  }
  for (std::size_t at = 0; at < found->as_array()->size(); ++at) {
    const json::object_reader one((*found->as_array())[at],
                                  json::path_at(in.path_of("chat_template"), at), in.wrong());
    auto name = one.string("name");
    out.push_back({std::move(name), one.string("template")});
  }
}

} // namespace

const named_template* tokenizer_config::find_template(std::string_view name) const {
  auto found = std::ranges::find(chat_templates, name, &named_template::name);
  if (found == chat_templates.end()) {
    found = std::ranges::find(chat_templates, std::string_view("default"), &named_template::name);
  }
  return found == chat_templates.end() ? nullptr : &*found;
}

result<tokenizer_config> parse_tokenizer_config(std::string_view text) {
  tokenizer_config out;
  if (text.empty()) {
    return out;
  }
  auto document = json::parse(text);
  if (!document) {
    return error{errors::model_invalid, "tokenizer_config.json: " + document.err().text,
                 document.err().field};
  }
  json::complaints wrong;
  const json::object_reader in(*document, "", wrong);
  out.bos_token = token_text(in, "bos_token");
  out.eos_token = token_text(in, "eos_token");
  out.pad_token = token_text(in, "pad_token");
  out.unk_token = token_text(in, "unk_token");
  read_templates(in, out.chat_templates);
  if (wrong.first()) {
    return error{errors::model_invalid, "tokenizer_config.json: " + wrong.first()->text,
                 wrong.first()->field};
  }
  return out;
}

} // namespace troupe::text
