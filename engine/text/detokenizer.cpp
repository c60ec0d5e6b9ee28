// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/detokenizer.hpp"

#include "runtime/base/utf8.hpp"

#include <algorithm>

namespace troupe::text {

void detokenizer::push(token_id token, std::string& out) {
  if (skip_special_ && with_->is_special(token)) {
    return;
  }
  const auto bytes = with_->bytes_of(token);
  if (!has_begun_ || strips_left_ > 0) {
    push_first(bytes, out);
  } else {
    push_bytes(bytes, out);
  }
}

void detokenizer::push_first(std::string_view bytes, std::string& out) {
  const auto& rules = with_->output();
  std::string without_blanks;
  if (!has_begun_ && rules.first_without_blanks) {
    without_blanks = bytes;
    std::erase(without_blanks, ' ');
    bytes = without_blanks;
  }
  has_begun_ = true;
  for (; strips_left_ > 0 && bytes.starts_with(rules.stripped); --strips_left_) {
    bytes.remove_prefix(1);
  }
  strips_left_ = bytes.empty() ? strips_left_ : std::uint8_t{0};
  push_bytes(bytes, out);
}

void detokenizer::push_bytes(std::string_view bytes, std::string& out) {
  std::string joined;
  if (held_bytes_ > 0) {
    joined.assign(held_.data(), held_bytes_);
    joined += bytes;
    bytes = joined;
    held_bytes_ = 0;
  }
  while (!bytes.empty()) {
    const auto valid = utf8::first_invalid(bytes);
    out.append(bytes.substr(0, valid));
    bytes.remove_prefix(valid);
    if (bytes.empty()) {
      return;
    }
    const auto next = utf8::first(bytes);
    if (next.state == utf8::status::truncated) {
      std::ranges::copy(bytes, held_.begin());
      held_bytes_ = static_cast<std::uint8_t>(bytes.size());
      return;
    }
    out += utf8::replacement;
    bytes.remove_prefix(next.bytes);
  }
}

void detokenizer::flush(std::string& out) {
  if (held_bytes_ > 0) {
    out += utf8::replacement;
    held_bytes_ = 0;
  }
}

} // namespace troupe::text
