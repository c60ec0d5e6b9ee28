// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/shared_lead.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

namespace troupe {

shared_lead::shared_lead(duration patience)
    : patience_(patience), timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {
}

shared_lead::~shared_lead() {
  ::close(timer_);
}

void shared_lead::watch_for(duration time) const {
  const itimerspec when{.it_interval = {},
                        .it_value = {.tv_sec = time / 1s, .tv_nsec = (time % 1s).count()}};
  ::timerfd_settime(timer_, 0, &when, nullptr);
}

void shared_lead::lend() {
  lent_at_.store(machine_clock().now().time_since_epoch().count());
  lead_.store(lead::lent);
  if (!is_watched_.exchange(true)) {
    watch_for(patience_);
  }
}

bool shared_lead::take_back() {
  auto mine = lead::lent;
  return lead_.compare_exchange_strong(mine, lead::held);
}

bool shared_lead::stand_by() {
  has_spare_.store(true);
  for (;;) {
    std::uint64_t count = 0;
    if (!stopping_.load()) {
      (void)!::read(timer_, &count, sizeof count);
    }
    if (stopping_.load()) {
      return false;
    }
    if (lead_.load() == lead::lent) {
      const auto until = time_point(time_point::duration(lent_at_.load())) + patience_;
      const auto left = until - machine_clock().now();
      if (left > duration{0}) {
        watch_for(left);
        continue;
      }
      auto lent = lead::lent;
      has_spare_.store(false);
      if (lead_.compare_exchange_strong(lent, lead::taken)) {
        is_watched_.store(false);
        return true;
      }
      has_spare_.store(true);
    }
    is_watched_.store(false);
    if (lead_.load() == lead::lent && !is_watched_.exchange(true)) {
      watch_for(patience_);
    }
  }
}

void shared_lead::stop() {
  stopping_.store(true);
  watch_for(1ns);
}

} // namespace troupe
