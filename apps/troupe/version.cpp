// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/version.hpp"

#include "runtime/bus/envelope.hpp"

#include <algorithm>
#include <charconv>

namespace troupe {

namespace {

constexpr std::string_view program = "troupe 0.1.0";
constexpr std::string_view begins = "troupe ";
constexpr std::string_view wire = " (wire ";

} // namespace

std::string version_line() {
  return std::string(program) + std::string(wire) + std::to_string(wire_version()) + ")";
}

std::optional<unsigned> wire_of(std::string_view printed) {
  while (!printed.empty()) {
    const auto line = printed.substr(0, printed.find('\n'));
    printed.remove_prefix(std::min(line.size() + 1, printed.size()));
    const auto at = line.find(wire);
    if (!line.starts_with(begins) || at == std::string_view::npos) {
      continue;
    }
    const auto digits = line.substr(at + wire.size());
    unsigned number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (read.ec == std::errc{} && read.ptr != digits.data() + digits.size() && *read.ptr == ')') {
      return number;
    }
  }
  return std::nullopt;
}

unsigned wire_version() {
  return envelope_version;
}

} // namespace troupe
