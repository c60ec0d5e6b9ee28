// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"

#include <memory>
#include <span>

namespace troupe::engine {

/// A request with a row in a step, and the greatest index of an answer token it is about to make.
struct witnessed_request {
  request_id request;
  std::uint32_t index = 0;
};

/// Is told which requests a step computes, so that somebody knows them if the process dies of it.
/// Thread: engine thread only; non-blocking.
class step_witness {
public:
  step_witness() = default;
  step_witness(const step_witness&) = delete;
  step_witness& operator=(const step_witness&) = delete;
  virtual ~step_witness() = default;

  virtual void begin(std::span<const witnessed_request> all) = 0;
  virtual void end() = 0;
};

/// The requests of a step, each once, those of nobody left out.
void requests_of(const step_plan& plan, std::vector<witnessed_request>& into);

/// An execution that does what `exec` does, before witnesses.
/// Checked: test/unit/engine/witnessed_executor_test.cpp
[[nodiscard]] std::unique_ptr<executor> make_witnessed(std::unique_ptr<executor> exec,
                                                       std::shared_ptr<step_witness> witness);

} // namespace troupe::engine
