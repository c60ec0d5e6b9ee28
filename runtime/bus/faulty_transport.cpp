// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/faulty_transport.hpp"

#include "runtime/base/check.hpp"

#include <utility>

namespace troupe {

faulty_transport::faulty_transport(std::unique_ptr<transport> over, std::uint64_t seed)
    : over_(std::move(over)), links_(seed) {
  TROUPE_CHECK(over_ != nullptr);
}

result<void> faulty_transport::disturb(const node_ref& peer, const disturbance& what) {
  const std::lock_guard lock(mutex_);
  if (!links_.disturb(peer, what, over_->now())) {
    return error{.code = errc::overloaded,
                 .text = "links to too many peers are disturbed; wait until one ends"};
  }
  is_idle_.store(links_.is_idle());
  return {};
}

void faulty_transport::start(link_events& to) {
  to_ = &to;
  over_->start(*this);
}

void faulty_transport::on_frame(const origin& from, lane way, frame data) {
  if (is_idle_.load(std::memory_order_relaxed)) {
    to_->on_frame(from, way, std::move(data));
    return;
  }
  auto what = disturbed_links::fate::passes;
  std::optional<time_point> due;
  {
    const std::lock_guard lock(mutex_);
    what = links_.arrived(from, way, data, over_->now());
    due = links_.next_due();
    is_idle_.store(links_.is_idle());
  }
  if (what == disturbed_links::fate::passes) {
    to_->on_frame(from, way, std::move(data));
  } else if (what == disturbed_links::fate::held) {
    over_->wake_at(*due);
  }
}

void faulty_transport::on_wake() {
  release();
  to_->on_wake();
}

void faulty_transport::release() {
  while (!is_idle_.load(std::memory_order_relaxed)) {
    std::optional<disturbed_links::held_frame> next;
    std::optional<time_point> due;
    {
      const std::lock_guard lock(mutex_);
      next = links_.take_due(over_->now());
      due = links_.next_due();
      is_idle_.store(links_.is_idle());
    }
    if (!next) {
      if (due) {
        over_->wake_at(*due);
      }
      return;
    }
    to_->on_frame(next->from, next->way, std::move(next->data));
  }
}

} // namespace troupe
