// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/node/crash_log.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

std::size_t bytes_of(const crash_record& what) {
  auto sum = sizeof(crash_record) + what.slot.size() + what.roles.size() + what.how.size()
             + what.dying.size() * sizeof(dying_request) + what.held.size() * sizeof(request_id);
  for (const auto& line : what.log) {
    sum += sizeof(std::string) + line.size();
  }
  return sum;
}

void cut(std::string& text) {
  text.resize(std::min(text.size(), text_bytes_max));
}

void cut_lists(crash_record& what) {
  cut(what.slot);
  cut(what.roles);
  cut(what.how);
  if (what.dying.size() > limits::dying_requests_max) {
    what.dying.resize(limits::dying_requests_max);
  }
  if (what.log.size() > limits::crash_log_lines_max) {
    const auto surplus = what.log.size() - limits::crash_log_lines_max;
    what.log.erase(what.log.begin(), what.log.begin() + static_cast<std::ptrdiff_t>(surplus));
  }
  for (auto& line : what.log) {
    cut(line);
  }
}

} // namespace

void crash_log::weigh(entry& which) {
  bytes_ -= which.bytes;
  which.bytes = bytes_of(which.what);
  bytes_ += which.bytes;
}

void crash_log::forget_oldest() {
  while (kept_.size() > limits::crashes_max || (bytes_ > bytes_max_ && kept_.size() > 1)) {
    bytes_ -= kept_.front().bytes;
    kept_.pop_front();
  }
}

const crash_record& crash_log::add(crash_record what, time_point now) {
  what.no = ++last_no_;
  cut_lists(what);
  weigh(kept_.emplace_back(entry{.what = std::move(what), .at = now}));
  forget_oldest();
  return kept_.back().what;
}

void crash_log::add_held(const crash_held& what) {
  const auto found =
      std::ranges::find_if(kept_, [&](const entry& one) { return one.what.no == what.no; });
  if (found == kept_.end()) {
    return;
  }
  auto& record = found->what;
  const auto sum = std::uint64_t{record.held_more} + what.more;
  record.held_more = static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, 0xFFFFFFFF));
  for (const auto& request : what.requests) {
    if (record.held.size() < limits::held_requests_max) {
      record.held.push_back(request);
    } else if (record.held_more < 0xFFFFFFFF) {
      ++record.held_more;
    }
  }
  weigh(*found);
  forget_oldest();
}

crashes_report crash_log::report(time_point now) const {
  crashes_report out;
  for (auto at = kept_.rbegin(); at != kept_.rend(); ++at) {
    out.crashes.push_back(at->what);
    out.crashes.back().age_ms =
        static_cast<std::uint64_t>(std::max<std::int64_t>((now - at->at) / 1ms, 0));
  }
  return out;
}

void crash_log::check_invariants() const {
  TROUPE_CHECK(kept_.size() <= limits::crashes_max);
  TROUPE_CHECK(bytes_ <= bytes_max_ || kept_.size() <= 1);
}

} // namespace troupe
