// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/fault_executor.hpp"

#include "engine/core/executor_around.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

namespace troupe {

namespace {

class poisonable final : public engine::executor_around {
public:
  poisonable(std::unique_ptr<engine::executor> inner, std::uint64_t seed)
      : executor_around(std::move(inner)), seed_(seed) {}

  void begin(const engine::step_plan& plan) override {
    if (std::ranges::any_of(plan.rows, [&](const auto& row) { return row.how.seed == seed_; })) {
      static_cast<void>(std::raise(SIGSEGV));
    }
    executor_around::begin(plan);
  }

private:
  std::uint64_t seed_;
};

} // namespace

std::unique_ptr<engine::executor> make_poisonable(std::unique_ptr<engine::executor> exec,
                                                  std::uint64_t seed) {
  return std::make_unique<poisonable>(std::move(exec), seed);
}

} // namespace troupe
