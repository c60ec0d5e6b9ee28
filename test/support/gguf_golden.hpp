// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/json/read.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace troupe::test {

/// test/unit/model/gguf_golden.json, which scripts/golden_gguf.py makes with PyPI's gguf.
inline json::value gguf_golden() {
  const std::ifstream file(std::string(TROUPE_SOURCE_DIR) + "/test/unit/model/gguf_golden.json");
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  auto document = json::parse(text.str());
  REQUIRE(document.has_value());
  return *std::move(document);
}

} // namespace troupe::test
