// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/bus_seeds.hpp"

#include "test/fuzz/bus_script.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace troupe;
using namespace troupe::test;

namespace {

const std::filesystem::path folder = std::string(TROUPE_SOURCE_DIR) + "/test/fuzz/seeds/bus";

bytes read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto data = std::as_bytes(std::span(text));
  return {data.begin(), data.end()};
}

script_outcome outcome_of(const std::string& name) {
  const auto all = bus_seeds();
  const auto found = std::ranges::find(all, name, &bus_seed::name);
  REQUIRE(found != all.end());
  return run_bus_script(found->script);
}

} // namespace

TEST_CASE("the seeds of the bus's fuzzer are those that are written here") {
  for (const auto& seed : bus_seeds()) {
    const auto path = folder / seed.name;
    if (std::getenv("TROUPE_WRITE_GOLDEN") != nullptr) {
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char*>(seed.script.data()),
                 static_cast<std::streamsize>(seed.script.size()));
    }
    INFO(seed.name);
    CHECK(read_file(path) == seed.script);
  }
}

TEST_CASE("nothing that must not be happens for any seed, cut anywhere or with any byte changed") {
  int files = 0;
  for (const auto& each : std::filesystem::directory_iterator(folder)) {
    const auto script = read_file(each.path());
    INFO(each.path().filename().string());
    CHECK(run_bus_script(script).broken == "");
    for (std::size_t at = 0; at < script.size(); ++at) {
      REQUIRE(run_bus_script(bytes_view(script).first(at)).broken == "");
      auto changed = script;
      changed[at] ^= static_cast<std::byte>(1U << (at % 8));
      REQUIRE(run_bus_script(changed).broken == "");
    }
    ++files;
  }
  CHECK(files >= 12);
}

TEST_CASE("the seeds reach what they are for") {
  CHECK(outcome_of("meets").ups == 4);
  CHECK(outcome_of("meets_with_keys").ups == 3);
  CHECK(outcome_of("calls_cross").ups >= 3);
  CHECK(outcome_of("call_waits_with_keys").ups == 1);
  CHECK(outcome_of("asks_and_tells").delivered == 2);
  CHECK(outcome_of("asks_and_tells").answered == 2);
  CHECK(outcome_of("watches_and_ends").downs == 2);
  CHECK(outcome_of("pieces").delivered == 2);
  CHECK(outcome_of("is_full").answered >= 1);
}
