// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/logprobs_format.hpp"
#include "actors/gateway/prepare.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace troupe::openai {

/// The list `prompt_logprobs` of one answer, gathered from its deltas: null for the first token of
/// the prompt, an object for each that follows.
/// Role: one per answer. Checked: test/unit/gateway/completion_format_test.cpp
class prompt_logprobs {
public:
  void add(const prepared& what, std::uint32_t answer, std::span<const token_logprobs> told) {
    const auto& prompt = what.prompt_of(answer);
    for (const auto& each : told) {
      items_ += ',';
      append_prompt_logprobs(items_, *what.text, prompt[++count_], each, what.prompt_ranked);
    }
  }

  void write(std::string& out) const {
    out += R"("prompt_logprobs":[null)";
    out += items_;
    out += ']';
  }

private:
  std::uint32_t count_ = 0;
  std::string items_;
};

} // namespace troupe::openai
