// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/block_naming.hpp"
#include "runtime/base/hash.hpp"

#include <cstdint>

namespace troupe::engine {

/// What step_row::context_key holds: model, LoRA and salt as one number.
[[nodiscard]] inline std::uint64_t context_key(const block_namer& namer) {
  return mix64(namer.root().value.high, namer.root().value.low);
}

} // namespace troupe::engine
