// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace troupe::test {

inline std::string seed_path(const std::string& of, const std::string& name = "") {
  return std::string(TROUPE_SOURCE_DIR) + "/test/fuzz/seeds/" + of + "/" + name;
}

inline std::string seed_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Gives each seed of a fuzzer to `feed(text, change)`: whole, then cut and with one byte changed
/// at every `stride`-th place.
template <class Feed>
void try_seeds(const std::string& of, std::size_t stride, Feed feed) {
  int files = 0;
  for (const auto& each : std::filesystem::directory_iterator(seed_path(of))) {
    const auto whole = seed_text(each.path());
    INFO(each.path().filename().string());
    ++files;
    feed(whole, false);
    for (std::size_t at = 0; at < whole.size(); at += stride) {
      feed(whole.substr(0, at), true);
      auto changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (at % 3 == 0 ? 0x80 : 0x01 + at % 7));
      feed(changed, true);
    }
  }
  CHECK(files > 0);
}

} // namespace troupe::test
