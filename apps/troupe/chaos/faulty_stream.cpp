// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/chaos/faulty_stream.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe::chaos {

namespace {

constexpr std::size_t held_bytes_max = std::size_t{4} << 20U;
/// Bytes that wait for others to pass them wait no longer.
constexpr auto reorder_within = 20ms;

} // namespace

faulty_stream::faulty_stream(fault_plan plan) : plan_(std::move(plan)) {
}

void faulty_stream::take(bytes_view data, time_point now) {
  TROUPE_CHECK(data.size() <= piece_max);
  while (!data.empty() && !is_reset_) {
    const auto& fault = plan_.next();
    const auto until = fault.at - position_;
    if (is_calm_ || until >= data.size()) {
      pass(data, now);
      position_ += data.size();
      return;
    }
    pass(data.first(until), now);
    data = data.subspan(until);
    position_ += until;
    begin(fault, now);
    if (fault.what == wire_fault::flip) {
      const auto wrong = data.front() ^ static_cast<std::byte>(1U << fault.bit);
      pass({&wrong, 1}, now);
      data = data.subspan(1);
      ++position_;
    }
    plan_.advance();
  }
}

void faulty_stream::begin(const planned_fault& what, time_point now) {
  if (swallows_) {
    return;
  }
  done_.push_back(what);
  switch (what.what) {
    case wire_fault::delay:
      due_ = std::max(due_, now + what.pause);
      break;
    case wire_fault::half_open:
      swallows_ = true;
      break;
    case wire_fault::reset:
      is_reset_ = true;
      break;
    case wire_fault::flip:
      break;
    case wire_fault::duplicate:
      twice_left_ = what.length;
      break;
    case wire_fault::reorder:
      behind_left_ = what.length;
      before_left_ = what.length;
      break;
    case wire_fault::clog:
      clogged_till_ = now + what.pause;
      break;
  }
}

void faulty_stream::pass(bytes_view data, time_point now) {
  if (data.empty() || swallows_) {
    return;
  }
  if (twice_left_ > 0) {
    const auto part = data.first(std::min(twice_left_, data.size()));
    twice_.insert(twice_.end(), part.begin(), part.end());
    hold(part, now);
    twice_left_ -= part.size();
    data = data.subspan(part.size());
    if (twice_left_ == 0) {
      hold(std::exchange(twice_, {}), now);
    }
  }
  if (behind_left_ > 0) {
    const auto part = data.first(std::min(behind_left_, data.size()));
    behind_since_ = behind_.empty() ? now : behind_since_;
    behind_.insert(behind_.end(), part.begin(), part.end());
    behind_left_ -= part.size();
    data = data.subspan(part.size());
  }
  if (behind_left_ == 0 && before_left_ > 0) {
    const auto part = data.first(std::min(before_left_, data.size()));
    hold(part, now);
    before_left_ -= part.size();
    data = data.subspan(part.size());
    if (before_left_ == 0) {
      hold(std::exchange(behind_, {}), now);
    }
  }
  hold(data, now);
}

void faulty_stream::hold(bytes_view data, time_point now) {
  if (!data.empty()) {
    held_.push_back({bytes(data.begin(), data.end()), std::max(due_, now)});
    held_bytes_ += data.size();
  }
}

void faulty_stream::end(time_point now) {
  behind_left_ = 0;
  before_left_ = 0;
  hold(std::exchange(behind_, {}), now);
}

bytes faulty_stream::give(time_point now) {
  if (!behind_.empty() && now >= behind_since_ + reorder_within) {
    end(now);
  }
  bytes out;
  while (!held_.empty() && held_.front().due <= now) {
    const auto& data = held_.front().data;
    out.insert(out.end(), data.begin(), data.end());
    held_bytes_ -= data.size();
    held_.pop_front();
  }
  return out;
}

bool faulty_stream::wants_more(time_point now) const {
  return !is_reset_ && now >= clogged_till_ && held_bytes_ < held_bytes_max;
}

std::optional<time_point> faulty_stream::next_wake(time_point now) const {
  std::optional<time_point> out;
  const auto also = [&](time_point when) {
    out = out ? std::min(*out, when) : when;
  };
  if (!held_.empty()) {
    also(held_.front().due);
  }
  if (!behind_.empty()) {
    also(behind_since_ + reorder_within);
  }
  if (now < clogged_till_) {
    also(clogged_till_);
  }
  return out;
}

std::vector<planned_fault> faulty_stream::take_done() {
  return std::exchange(done_, {});
}

} // namespace troupe::chaos
