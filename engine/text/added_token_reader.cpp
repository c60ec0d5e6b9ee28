// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/tokenizer_reading.hpp"

namespace troupe::text {

namespace {

added_token token_from(tokenizer_reading& reading, const json::object_reader& in) {
  added_token out;
  out.content = in.string("content");
  out.special = in.boolean_or("special", false);
  out.normalized = in.boolean_or("normalized", false);
  out.lstrip = in.boolean_or("lstrip", false);
  out.rstrip = in.boolean_or("rstrip", false);
  out.single_word = in.boolean_or("single_word", false);
  const auto id = reading.id_from(in.required("id"), [&] { return in.path_of("id"); });
  out.id = id.value_or(0);
  return out;
}

void enter(tokenizer_reading& reading, const json::object_reader& in, const added_token& token) {
  auto& parts = reading.parts;
  auto output = reading.decoder.output_of_added(token.content);
  const auto written = reading.written.find(token.content);
  if (token.content.empty()) {
    in.complain("content", "is empty; give it its text");
  } else if (written != reading.written.end() && written->second != token.id) {
    in.complain("id", "differs from the id of the same text in model.vocab; correct one of them");
  } else if (written == reading.written.end() && !parts.tokens.add_added(token.id, output)) {
    in.complain("id", "is the id of another token; give it its own");
  } else if (!parts.added_ids.emplace(token.content, token.id).second) {
    in.complain("content", "stands twice in added_tokens; leave one of them");
  } else {
    parts.tokens.set_added(token.id, std::move(output), token.special);
  }
}

} // namespace

void read_added_tokens(tokenizer_reading& reading) {
  const auto* list = reading.in.maybe_array("added_tokens");
  if (list == nullptr) {
    return;
  }
  std::vector<added_token> before;
  std::vector<added_token> after;
  for (std::size_t at = 0; at < list->size() && reading.wrong.empty(); ++at) {
    const json::object_reader in((*list)[at], json::path_at("added_tokens", at), reading.wrong);
    auto token = token_from(reading, in);
    if (reading.wrong.empty()) {
      enter(reading, in, token);
    }
    if (!token.normalized) {
      before.push_back(std::move(token));
      continue;
    }
    // It is looked for in normalised text, so it has to be normalised as well.
    std::string storage;
    token.content = std::string(reading.parts.normal.apply(token.content, storage));
    if (!token.content.empty()) {
      after.push_back(std::move(token));
    }
  }
  if (reading.wrong.empty()) {
    reading.parts.before_normal = added_token_matcher(std::move(before));
    reading.parts.after_normal = added_token_matcher(std::move(after));
  }
}

} // namespace troupe::text
