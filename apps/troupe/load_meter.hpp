// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/load_progress.hpp"
#include "runtime/base/clock.hpp"

#include <optional>
#include <string>

namespace troupe {

/// "llama-1b: packing, 45 %, 2.1 GB/s, 3 s left" of how far a model's load is: the rate since the
/// stage began, and what is left of it at that rate.
/// Role: one per load. Thread: one at a time. Checked: test/unit/app/load_meter_test.cpp
class load_meter {
public:
  load_meter(std::string model, time_point began) : model_(std::move(model)), stage_began_(began) {}

  /// Nothing where the last line of the stage is less than 100 ms old and this is not its end.
  [[nodiscard]] std::optional<std::string> line(const engine::load_progress& at, time_point now);

private:
  std::string model_;
  std::optional<engine::load_stage> stage_;
  time_point stage_began_; ///< When the one before was last heard of.
  time_point heard_ = stage_began_;
  std::optional<time_point> shown_;
};

/// 10^9 bytes; 0 where no time passed.
[[nodiscard]] double gigabytes_per_second(std::uint64_t bytes, duration took);

} // namespace troupe
