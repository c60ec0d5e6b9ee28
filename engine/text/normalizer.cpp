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
  const auto is_ascii = [](char c) {
    return static_cast<unsigned char>(c) < 0x80;
  };
  if (forms_.empty() || std::ranges::all_of(text, is_ascii)) {
    return text;
  }
  for (const auto form : forms_) {
    utf8proc_uint8_t* mapped = nullptr;
    const auto bytes =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                     static_cast<utf8proc_ssize_t>(text.size()), &mapped, options_of(form));
    const std::unique_ptr<utf8proc_uint8_t, free_deleter> owner(mapped);
    if (bytes >= 0) {
      storage.assign(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(bytes));
      text = storage;
    }
  }
  return text;
}

} // namespace troupe::text
