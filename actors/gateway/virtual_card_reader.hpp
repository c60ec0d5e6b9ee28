// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/card_reader.hpp"
#include "runtime/base/timers.hpp"

#include <memory>

namespace troupe {

/// A card_reader on a virtual queue: each card takes `cost`, one after the other.
/// Thread: that of the timers, which, as the clock, must outlive it; its tasks may run after it is
/// gone and do nothing then. Checked: test/unit/gateway/card_reader_test.cpp
class virtual_card_reader final : public card_reader {
public:
  virtual_card_reader(timers& queue, const clock& time, duration cost = 20ms)
      : queue_(queue), time_(time), cost_(cost) {}

  void listen(sink to) override;
  [[nodiscard]] result<void> try_submit(card_job what) override;

private:
  struct state {
    sink to;
    std::size_t open = 0;
    time_point free_at;
  };

  timers& queue_;
  const clock& time_;
  duration cost_;
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

} // namespace troupe
