// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/normalizer.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utf8proc.h>

namespace troupe::text {

namespace {

constexpr int depth_max = 4;

utf8proc_option_t options_of(unicode_form form) {
  constexpr int composed = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
  constexpr int decomposed = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE;
  switch (form) {
    case unicode_form::nfc:
      return static_cast<utf8proc_option_t>(composed);
    case unicode_form::nfd:
      return static_cast<utf8proc_option_t>(decomposed);
    case unicode_form::nfkc:
      return static_cast<utf8proc_option_t>(composed | UTF8PROC_COMPAT);
    case unicode_form::nfkd:
      break;
  }
  return static_cast<utf8proc_option_t>(decomposed | UTF8PROC_COMPAT);
}

struct free_deleter {
  void operator()(utf8proc_uint8_t* memory) const { std::free(memory); }
};

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Lead bytes of U+0300 and above; what lies below is in NFC and composes with nothing before it.
bool is_above_latin(char c) {
  return static_cast<unsigned char>(c) >= 0xCC;
}

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

void append_mapped(std::string_view text, unicode_form form, std::string& out) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto bytes =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &mapped, options_of(form));
  const std::unique_ptr<utf8proc_uint8_t, free_deleter> owner(mapped);
  if (bytes < 0) {
    out += text;
    return;
  }
  out.append(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(bytes));
}

/// NFC: only runs above U+0300, with the character before them, need the tables.
void append_composed(std::string_view text, std::string& out) {
  out.reserve(text.size());
  while (!text.empty()) {
    const auto high = std::ranges::find_if(text, is_above_latin);
    if (high == text.end()) {
      out += text;
      return;
    }
    auto begin = static_cast<std::size_t>(high - text.begin());
    const auto end = static_cast<std::size_t>(
        std::find_if(high, text.end(),
                     [](char c) { return begins_character(c) && !is_above_latin(c); })
        - text.begin());
    begin -= begin > 0 ? 1U : 0U;
    while (begin > 0 && !begins_character(text[begin])) {
      --begin;
    }
    out += text.substr(0, begin);
    append_mapped(text.substr(begin, end - begin), unicode_form::nfc, out);
    text.remove_prefix(end);
  }
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
  if (type == "Sequence" && depth < depth_max) {
    const auto& steps = in.array("normalizers");
    for (std::size_t at = 0; at < steps.size() && wrong.empty(); ++at) {
      parse_step(steps[at], json::path_at(in.path_of("normalizers"), at), wrong, depth + 1);
    }
  } else if (type == "NFC") {
    forms_.push_back(unicode_form::nfc);
  } else if (type == "NFD") {
    forms_.push_back(unicode_form::nfd);
  } else if (type == "NFKC") {
    forms_.push_back(unicode_form::nfkc);
  } else if (type == "NFKD") {
    forms_.push_back(unicode_form::nfkd);
  } else {
    wrong.add(
        errc::unsupported, in.path_of("type"),
        "the normalizer " + type
            + " is not supported (NFC, NFD, NFKC, NFKD and Sequence are); serve this model by "
              "an external engine");
  }
}

std::string_view normalizer::apply(std::string_view text, std::string& storage) const {
  if (forms_.empty() || is_ascii(text)) {
    return text;
  }
  for (const auto form : forms_) {
    std::string out;
    if (form == unicode_form::nfc) {
      append_composed(text, out);
    } else {
      append_mapped(text, form, out);
    }
    storage.swap(out);
    text = storage;
  }
  return text;
}

} // namespace troupe::text
