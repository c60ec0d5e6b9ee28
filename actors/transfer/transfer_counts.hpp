// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace troupe {

/// Transfers begun and the bytes of their parts, since the start.
struct transfer_counts {
  std::uint64_t transfers = 0;
  std::uint64_t bytes = 0;
};

} // namespace troupe
