// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"

#include <string>
#include <vector>

namespace troupe::test {

/// What a fuzzer begins with, as files in test/fuzz/seeds/bus.
struct bus_seed {
  std::string name;
  bytes script;
};
[[nodiscard]] std::vector<bus_seed> bus_seeds();

} // namespace troupe::test
