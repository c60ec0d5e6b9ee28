// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/registry.hpp"
#include "runtime/codec/codec.hpp"
#include "test/support/fill.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

using namespace troupe;

namespace {

// Hex, 32 bytes a line.
std::string hex_of(const bytes& data) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto value = static_cast<unsigned>(data[i]);
    out += digits[value >> 4U];
    out += digits[value & 15U];
    if (i % 32 == 31 || i + 1 == data.size()) {
      out += '\n';
    }
  }
  return out;
}

std::string path_of(std::string_view name) {
  return std::string(TROUPE_SOURCE_DIR) + "/test/wire/golden/" + std::string(name) + ".hex";
}

template <class M>
void check_golden() {
  CAPTURE(M::name);
  const auto sample = test::filled<M>();
  const auto data = encode(sample);
  const auto now = hex_of(data);
  if (std::getenv("TROUPE_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path_of(M::name)) << now;
  }
  std::ifstream file(path_of(M::name));
  CHECK_MESSAGE(file.is_open(), "no golden file; write it with TROUPE_WRITE_GOLDEN=1");
  std::stringstream golden;
  golden << file.rdbuf();
  CHECK(golden.str() == now);

  const auto read = decode<M>(data);
  REQUIRE(read);
  CHECK(same_fields(*read, sample));
}

} // namespace

TEST_CASE("every message's bytes are those of its golden file, and come back as they were") {
  []<class... Ms>(message_list<Ms...>) {
    (check_golden<Ms>(), ...);
  }(registry{});
}
