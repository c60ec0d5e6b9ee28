// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/normalizer.hpp"

#include "engine/text/metaspace.hpp"
#include "engine/text/white_space.hpp"

#include <algorithm>

namespace troupe::text {

namespace {

constexpr int depth_max = 4;
constexpr std::size_t steps_max = 32;
constexpr std::size_t growth_max = 4096;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void append_matches_replaced(std::string_view text, const regex& pattern, std::string_view content,
                             std::string& out) {
  out.reserve(text.size() + text.size() / 2);
  std::size_t done = 0;
  while (const auto found = pattern.find(text, done)) {
    out += text.substr(done, found->begin - done);
    out += content;
    done = found->end;
  }
  out += text.substr(done);
}

} // namespace

normalizer normalizer::parse(const json::value& from, const std::string& path,
                             json::complaints& wrong) {
  normalizer out;
  out.parse_step(from, path, wrong, 0);
  return out;
}

void normalizer::parse_step(const json::value& from, const std::string& path,
                            json::complaints& wrong, int depth) {
  if (from.is_null()) {
    return;
  }
  const json::object_reader in(from, path, wrong);
  const auto type = in.string("type");
  if (!wrong.empty()) {
    return;
  }
  if (depth > depth_max || steps_.size() > steps_max) {
    in.complain("type", "stands too deep or after too many steps; leave at most 32");
  } else if (type == "Sequence") {
    parse_sequence(in, depth);
  } else if (type == "NFC") {
    steps_.emplace_back(unicode_form::nfc);
  } else if (type == "NFD") {
    steps_.emplace_back(unicode_form::nfd);
  } else if (type == "NFKC") {
    steps_.emplace_back(unicode_form::nfkc);
  } else if (type == "NFKD") {
    steps_.emplace_back(unicode_form::nfkd);
  } else if (type == "Lowercase") {
    steps_.emplace_back(lowercase{});
  } else if (type == "Strip") {
    steps_.emplace_back(strip_ends{in.boolean("strip_left"), in.boolean("strip_right")});
  } else if (type == "Prepend") {
    auto text = in.string("prepend");
    add_text_step(in, "prepend", text.size());
    steps_.emplace_back(prepend{std::move(text)});
  } else if (type == "Replace") {
    parse_replace(in);
  } else if (type == "Precompiled") {
    parse_precompiled(in);
  } else {
    wrong.add(errc::unsupported, in.path_of("type"),
              "the normalizer " + type
                  + " is not supported (NFC, NFD, NFKC, NFKD, Lowercase, Strip, Prepend, Replace, "
                    "Precompiled and Sequence are); serve this model by an external engine");
  }
}

void normalizer::parse_sequence(const json::object_reader& in, int depth) {
  const auto& steps = in.array("normalizers");
  for (std::size_t at = 0; at < steps.size() && in.wrong().empty(); ++at) {
    parse_step(steps[at], json::path_at(in.path_of("normalizers"), at), in.wrong(), depth + 1);
  }
}

void normalizer::parse_replace(const json::object_reader& in) {
  auto pattern = regex::of_pattern_field(in);
  auto content = in.string("content");
  if (pattern) {
    add_text_step(in, "content", content.size());
    if (auto text = in.object("pattern").maybe_string("String")) {
      steps_.emplace_back(replace_text{std::move(*text), std::move(content)});
    } else {
      steps_.emplace_back(replace{std::move(*pattern), std::move(content)});
    }
  }
}

void normalizer::parse_precompiled(const json::object_reader& in) {
  const auto text = in.maybe_string("precompiled_charsmap").value_or("");
  if (text.empty() || !in.wrong().empty()) {
    return;
  }
  auto map = charsmap::parse(text);
  if (!map) {
    in.complain("precompiled_charsmap", map.err().text);
    return;
  }
  add_text_step(in, "precompiled_charsmap", map->longest_replacement());
  steps_.emplace_back(std::move(*map));
}

void normalizer::add_text_step(const json::object_reader& in, std::string_view name,
                               std::size_t content_bytes) {
  growth_ *= std::clamp<std::size_t>(content_bytes, 1, growth_max + 1);
  if (growth_ > growth_max) {
    in.complain(name, "makes texts over 4096 times as long; shorten it");
    growth_ = 1;
  }
}

std::string_view normalizer::apply(std::string_view text, std::string& storage) const {
  for (const auto& one : steps_) {
    text = run(one, text, storage);
  }
  return text;
}

std::string_view normalizer::run(const step& with, std::string_view text, std::string& storage) {
  std::string out;
  if (const auto* form = std::get_if<unicode_form>(&with)) {
    if (is_ascii(text)) {
      return text;
    }
    append_in_form(text, *form, out);
  } else if (std::holds_alternative<lowercase>(with)) {
    append_lower(text, out);
  } else if (const auto* ends = std::get_if<strip_ends>(&with)) {
    return without_white_ends(text, ends->left, ends->right);
  } else if (const auto* front = std::get_if<prepend>(&with)) {
    if (text.empty()) {
      return text;
    }
    out.reserve(front->text.size() + text.size());
    out += front->text;
    out += text;
  } else if (const auto* same = std::get_if<replace_text>(&with)) {
    out.reserve(text.size() + text.size() / 2);
    append_replaced(text, same->text, same->content, out);
  } else if (const auto* change = std::get_if<replace>(&with)) {
    append_matches_replaced(text, change->pattern, change->content, out);
  } else {
    std::get<charsmap>(with).apply(text, out);
  }
  storage.swap(out);
  return storage;
}

} // namespace troupe::text
