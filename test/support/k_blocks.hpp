// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/gguf_blocks.hpp"
#include "runtime/base/bytes.hpp"

#include <span>

namespace troupe::test {

/// Blocks of Q4_K or Q6_K that stand for about these numbers: plainly rounded, not as llama.cpp
/// would choose. Requires: whole blocks.
[[nodiscard]] bytes as_k_blocks(std::span<const float> numbers, engine::gguf_type type);

} // namespace troupe::test
