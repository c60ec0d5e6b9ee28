// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/tokenizer_feed.hpp"

#include "test/fuzz/seed_files.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;

TEST_CASE("every seed of the fuzzer of tokenizers is one; cut or changed it is refused or works") {
  int refused = 0;
  test::try_seeds("tokenizer", 7, [&](const std::string& text, bool is_changed) {
    const auto outcome = test::feed_tokenizer(as_bytes_view(text));
    CHECK_MESSAGE((is_changed || outcome.tokens > 100), (outcome.why ? outcome.why->text : ""));
    refused += outcome.why ? 1 : 0;
  });
  CHECK(refused > 100);
}
