// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/admin/admin_core.hpp"

#include <algorithm>
#include <string>
#include <utility>

/// What operators do to this process on purpose.
namespace troupe {

namespace {

/// Until the answer has left.
constexpr duration crash_after = 100ms;
constexpr std::uint32_t all_of_them = 1'000'000;

error not_here() {
  return {.code = errc::unsupported, .text = "this process cannot be disturbed"};
}

error refusal_of(const disturb_link& what) {
  const bool is_off = what.delay_us == 0 && what.lost_per_million == 0;
  if (what.delay_us > limits::disturb_delay_us_max) {
    return {.code = errc::invalid_value,
            .text = "a frame is delayed by "
                    + std::to_string(limits::disturb_delay_us_max / 1'000'000) + " s at most",
            .field = "delay_us"};
  }
  if (what.lost_per_million > all_of_them) {
    return {.code = errc::invalid_value,
            .text = "more than all frames cannot be lost",
            .field = "lost_per_million"};
  }
  if (!is_off && (what.for_ms == 0 || what.for_ms > limits::trace_ms_max)) {
    return {.code = errc::invalid_value,
            .text = "a link is disturbed for 1 ms to " + std::to_string(limits::trace_ms_max / 1000)
                    + " s",
            .field = "for_ms"};
  }
  return {};
}

} // namespace

void admin_core::on(const disturb_link& what, context& cx) {
  auto why = refusal_of(what);
  if (why.code == errc::none && !ports_.disturb) {
    why = not_here();
  }
  if (why.code == errc::none) {
    const disturbance how{.delay = std::chrono::microseconds(what.delay_us),
                          .lost_per_million = what.lost_per_million,
                          .until = cx.now + std::chrono::milliseconds(what.for_ms)};
    if (auto done = ports_.disturb(what.peer, how); !done) {
      why = std::move(done).err();
    }
  }
  const auto known = known_.find(what.peer);
  const auto from = known == known_.end() ? std::string("an unknown node") : known->second.name;
  audit(ports_.audit, what.who,
        "frames from " + from + " come " + std::to_string(what.delay_us) + " us later and "
            + std::to_string(what.lost_per_million) + " of a million are lost, for "
            + std::to_string(what.for_ms) + " ms",
        why.code == errc::none ? "done" : why.text);
  if (why.code == errc::none) {
    cx.out.respond(*cx.from, link_disturbed{});
  } else {
    cx.out.respond(*cx.from, std::move(why));
  }
}

void admin_core::on(const crash_process& what, context& cx) {
  audit(ports_.audit, what.who, "crash this process", ports_.crash ? "done" : "cannot");
  if (!ports_.crash) {
    cx.out.respond(*cx.from, not_here());
    return;
  }
  crash_at_ = std::min(crash_at_.value_or(time_point::max()), cx.now + crash_after);
  cx.out.respond(*cx.from, crash_begun{});
}

void admin_core::crash_if_due(context& cx) {
  if (crash_at_ && *crash_at_ <= cx.now) {
    crash_at_.reset();
    ports_.crash();
  }
}

} // namespace troupe
