// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/apply_rules.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace troupe::engine {
struct step_row;
}

/// The rules of a step as flat arrays, as the kernel wants them. Host logic.
/// Checked: test/gpu/apply_rules_test.cpp
namespace troupe::cuda {

struct rule_batch {
  std::vector<ops::rule_row> rows;  ///< Of those that have rules.
  std::vector<std::int32_t> places; ///< Of each row that wants a token: its place in `rows`; -1.
  std::vector<std::uint32_t> tokens;
  std::vector<ops::token_edit> edits;
};

/// Of the rows that want a token, in their order; those are the rows of logits. Stop tokens that
/// the model lacks are left out.
[[nodiscard]] rule_batch rules_of(std::span<const engine::step_row> rows, std::uint32_t vocab);

} // namespace troupe::cuda
