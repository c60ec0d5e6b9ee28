// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/witnessed_executor.hpp"
#include "runtime/process/last_words.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace troupe {

/// Writes what each step computes where the agent finds it if the process dies of it.
class step_words final : public engine::step_witness {
public:
  explicit step_words(std::shared_ptr<process::last_words_writer> to) : to_(std::move(to)) {}

  void begin(std::span<const engine::witnessed_request> all) override {
    marks_.clear();
    for (const auto& one : all) {
      marks_.push_back({one.request.value, one.index});
    }
    to_->begin(marks_);
  }
  void end() override { to_->end(); }

private:
  std::shared_ptr<process::last_words_writer> to_;
  std::vector<process::last_mark> marks_;
};

} // namespace troupe
