// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace troupe {

void check_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "invariant broken: %s at %s:%d\n", expression, file, line);
  std::abort();
}

} // namespace troupe
