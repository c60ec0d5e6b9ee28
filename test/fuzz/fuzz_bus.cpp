// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/bus_script.hpp"

#include <cstdio>
#include <cstdlib>

using namespace troupe;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto done = test::run_bus_script({reinterpret_cast<const std::byte*>(data), size});
  if (!done.broken.empty()) {
    std::fprintf(stderr, "broken: %s\n", done.broken.c_str());
    std::abort();
  }
  return 0;
}
