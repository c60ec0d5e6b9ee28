// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/witnessed_executor.hpp"

#include "engine/core/executor_around.hpp"

#include <algorithm>
#include <utility>

namespace troupe::engine {

namespace {

class witnessed_executor final : public executor_around {
public:
  witnessed_executor(std::unique_ptr<executor> inner, std::shared_ptr<step_witness> witness)
      : executor_around(std::move(inner)), witness_(std::move(witness)) {}

  void begin(const step_plan& plan) override {
    requests_of(plan, doing_);
    witness_->begin(doing_);
    has_begun_ = true;
    executor_around::begin(plan);
  }

  void execute(const step_plan& plan, step_output& out) override {
    if (!has_begun_) {
      begin(plan);
    }
    executor_around::execute(plan, out);
    has_begun_ = false;
    witness_->end();
  }

private:
  std::shared_ptr<step_witness> witness_;
  std::vector<witnessed_request> doing_;
  bool has_begun_ = false;
};

} // namespace

void requests_of(const step_plan& plan, std::vector<witnessed_request>& into) {
  into.clear();
  for (const auto& row : plan.rows) {
    if (row.request != request_id{}) {
      into.push_back({row.request, row.index});
    }
  }
  std::ranges::sort(into, [](const auto& a, const auto& b) {
    return std::pair(a.request, b.index) < std::pair(b.request, a.index);
  });
  const auto rest = std::ranges::unique(into, {}, &witnessed_request::request);
  into.erase(rest.begin(), rest.end());
}

std::unique_ptr<executor> make_witnessed(std::unique_ptr<executor> exec,
                                         std::shared_ptr<step_witness> witness) {
  return std::make_unique<witnessed_executor>(std::move(exec), std::move(witness));
}

} // namespace troupe::engine
