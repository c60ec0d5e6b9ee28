// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/template_feed.hpp"

#include "test/fuzz/seed_files.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;

TEST_CASE("every seed of the fuzzer of templates renders; cut or changed it does or is refused") {
  int refused = 0;
  test::try_seeds("template", 3, [&](const std::string& text, bool is_changed) {
    const auto rendered = test::feed_template(as_bytes_view(text));
    CHECK_MESSAGE((is_changed || rendered.has_value()), (rendered ? "" : rendered.err().text));
    refused += rendered ? 0 : 1;
  });
  CHECK(refused > 100);
}
