// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/answer_format.hpp"
#include "actors/gateway/legacy_logprobs.hpp"
#include "actors/gateway/openai_format.hpp"
#include "actors/gateway/prepare.hpp"
#include "actors/gateway/prompt_logprobs.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe::openai {

/// The bytes of POST /v1/completions.
/// Source: the OpenAI API; vLLM's `prompt_logprobs` in each choice.
/// Checked: test/unit/gateway/completion_format_test.cpp (expected bytes)
class completion_format final : public answer_format {
public:
  completion_format(answer_head head, std::shared_ptr<const prepared> what);

  void begin(std::string& out, std::uint32_t choice) override;
  void add(std::string& out, std::uint32_t choice, const choice_delta& what) override;
  void finish(std::string& out, std::uint32_t choice, finish_reason why) override;
  void close(std::string& out, const token_usage& used) override;

  void keep(std::uint32_t choice, const choice_delta& what) override;
  void keep_end(std::uint32_t choice, finish_reason why) override;
  void write_whole(std::string& out, const token_usage& used) override;

private:
  struct choice_state {
    std::string text;
    std::optional<legacy_logprobs> logprobs; ///< None: not asked for.
    prompt_logprobs of_prompt;
    std::uint32_t echoed = 0; ///< Tokens of the prompt that `logprobs` has.
    finish_reason why = finish_reason::stop;
  };

  void note(std::uint32_t choice, const choice_delta& what);
  /// A choice without its closing brace.
  void append_choice(std::string& out, std::uint32_t choice, std::string_view text,
                     std::string_view finish);

  answer_head head_;
  std::shared_ptr<const prepared> what_;
  std::vector<choice_state> choices_;
};

} // namespace troupe::openai
