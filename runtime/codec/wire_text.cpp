// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/codec/wire_text.hpp"

#include "runtime/base/utf8.hpp"

namespace troupe {

std::string to_wire_text(std::string_view text, std::size_t bytes_max) {
  std::string out;
  while (!text.empty()) {
    const auto next = utf8::first(text);
    const auto piece =
        next.state == utf8::status::valid ? text.substr(0, next.bytes) : std::string_view("?");
    if (out.size() + piece.size() > bytes_max) {
      break;
    }
    out += piece;
    text.remove_prefix(next.bytes);
  }
  return out;
}

} // namespace troupe
