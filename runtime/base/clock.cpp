// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/clock.hpp"

namespace troupe {

namespace {

class steady final : public clock {
public:
  time_point now() const override { return std::chrono::steady_clock::now(); }
};

} // namespace

const clock& machine_clock() {
  static const steady instance;
  return instance;
}

} // namespace troupe
