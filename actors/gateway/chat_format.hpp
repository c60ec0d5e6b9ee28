// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/answer_format.hpp"
#include "actors/gateway/openai_format.hpp"
#include "actors/gateway/prepare.hpp"
#include "actors/gateway/prompt_logprobs.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// The bytes of POST /v1/chat/completions. Text must be valid UTF-8.
/// Checked: test/unit/gateway/openai_format_test.cpp (expected bytes)
namespace troupe::openai {

/// `data: {...}` events of a stream. The first one of a choice gives the role.
void append_role_chunk(std::string& out, const answer_head& head, std::uint32_t choice);
/// Nothing where the delta has neither text nor tool calls nor log probabilities.
void append_delta_chunk(std::string& out, const answer_head& head, std::uint32_t choice,
                        const choice_delta& delta);
void append_finish_chunk(std::string& out, const answer_head& head, std::uint32_t choice,
                         finish_reason why);

/// One choice of a whole answer, gathered from its deltas.
struct whole_choice {
  std::string text;
  std::string reasoning;
  std::vector<tool_call_delta> tool_calls; ///< By index, complete.
  std::string logprobs;                    ///< Items of the JSON list, with commas between.
  finish_reason why = finish_reason::stop;

  void add(const answer_head& head, const choice_delta& delta);
};

void append_answer(std::string& out, const answer_head& head,
                   const std::vector<whole_choice>& choices, const token_usage& used);

/// All of it in the order of one request; with `prompt_logprobs` beside the choices.
/// Source: vLLM for those.
class chat_format final : public answer_format {
public:
  chat_format(answer_head head, std::shared_ptr<const prepared> what)
      : head_(std::move(head)), what_(std::move(what)), choices_(what_->answers()) {}

  void begin(std::string& out, std::uint32_t choice) override {
    append_role_chunk(out, head_, choice);
  }
  void add(std::string& out, std::uint32_t choice, const choice_delta& what) override {
    append_delta_chunk(out, head_, choice, what);
  }
  void finish(std::string& out, std::uint32_t choice, finish_reason why) override {
    append_finish_chunk(out, head_, choice, why);
  }
  void close(std::string& out, const token_usage& used) override;

  void keep(std::uint32_t choice, const choice_delta& what) override;
  void keep_end(std::uint32_t choice, finish_reason why) override { choices_[choice].why = why; }
  void write_whole(std::string& out, const token_usage& used) override;

private:
  answer_head head_;
  std::shared_ptr<const prepared> what_;
  prompt_logprobs of_prompt_;
  std::vector<whole_choice> choices_;
};

} // namespace troupe::openai
