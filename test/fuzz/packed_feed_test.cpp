// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/packed_feed.hpp"

#include "engine/model/packed_format.hpp"
#include "test/support/model_files.hpp"
#include "test/support/packed_files.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

using namespace troupe;

namespace {

/// The front of a copy whose body has the length of the feed's.
bytes front_of_small_copy() {
  test::packed_sample sample{0, 4096 - 64 - 1536 - 384};
  auto file = test::packed_file_of(sample);
  file.resize(1024);
  return file;
}

} // namespace

TEST_CASE("a whole packed copy gives its tensors") {
  const auto outcome = test::feed_packed(front_of_small_copy());
  CHECK(outcome.is_front);
  CHECK(outcome.entries == 4);
}

TEST_CASE("the seed of the fuzzer of packed copies is the one that is written here") {
  const auto path = std::string(TROUPE_SOURCE_DIR) + "/test/fuzz/seeds/packed/small_copy";
  const auto front = front_of_small_copy();
  if (std::getenv("TROUPE_WRITE_GOLDEN") != nullptr) {
    test::write_file(path, as_text(front));
  }
  std::ifstream in(path, std::ios::binary);
  CHECK(std::string{std::istreambuf_iterator<char>(in), {}} == as_text(front));
}

TEST_CASE("no byte of a packed copy's front, whatever it becomes, leads outside its file") {
  const auto whole = front_of_small_copy();
  for (std::size_t at = 0; at < 360; ++at) {
    for (const int change : {0x01, 0x80, 0xff}) {
      auto broken = whole;
      broken[at] ^= static_cast<std::byte>(change);
      CHECK(test::feed_packed(broken).entries <= 4);
    }
  }
}
