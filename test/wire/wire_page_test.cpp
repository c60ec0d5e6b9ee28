// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/wire_page.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

TEST_CASE("docs/wire.md says what the code says") {
  const std::string path = TROUPE_SOURCE_DIR "/docs/wire.md";
  if (std::getenv("TROUPE_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << troupe::wire_page();
  }
  std::ifstream file(path);
  std::stringstream page;
  page << file.rdbuf();

  CHECK_MESSAGE(page.str() == troupe::wire_page(),
                "write it anew: TROUPE_WRITE_GOLDEN=1 build/release/test/wire/wire_page_test");
}
