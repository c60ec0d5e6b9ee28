// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/worker/reporter.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

bool same(const worker_report& a, const worker_report& b) {
  const auto tied = [](const worker_report& r) {
    return std::tie(r.roles, r.phase, r.running, r.waiting, r.free_blocks, r.total_blocks,
                    r.waiting_prompt_tokens, r.step_ms, r.prefill_tokens_per_s,
                    r.decode_tokens_per_s, r.transfers, r.pool_epoch);
  };
  const auto same_seen = [](const placement_seen& x, const placement_seen& y) {
    return x.router == y.router && x.no == y.no;
  };
  return tied(a) == tied(b) && std::ranges::equal(a.seen, b.seen, same_seen);
}

} // namespace

reporter::reporter(worker_id self, std::uint64_t pool_epoch, std::uint32_t total_blocks,
                   const worker_limits& limits)
    : self_(self),
      epoch_(pool_epoch),
      routers_max_(limits.routers_max),
      every_(limits.report_every) {
  stats_.total_blocks = total_blocks;
  stats_.free_blocks = total_blocks;
  current_ = make({});
}

void reporter::seen(const placement_seen& what) {
  const auto it = std::ranges::find(seen_, what.router, &placement_seen::router);
  auto newest = what;
  if (it != seen_.end()) {
    newest.no = std::max(newest.no, it->no);
    seen_.erase(it);
  } else if (seen_.size() >= routers_max_) {
    seen_.erase(seen_.begin());
  }
  seen_.push_back(newest);
}

void reporter::update(const extra& what, time_point now, const std::vector<actor_ref>& to,
                      outbox& out) {
  auto next = make(what);
  changed_ = changed_ || !same(next, current_);
  current_ = std::move(next);
  if (!changed_ || (sent_at_ && *sent_at_ + every_ > now) || to.empty()) {
    return;
  }
  for (const auto& listener : to) {
    out.tell(listener, current_);
  }
  changed_ = false;
  sent_at_ = now;
}

std::optional<time_point> reporter::next_wake() const {
  if (!changed_ || !sent_at_) {
    return std::nullopt;
  }
  return *sent_at_ + every_;
}

worker_report reporter::make(const extra& what) const {
  return {.worker = self_,
          .roles = what.roles,
          .phase = what.phase,
          .running = stats_.running,
          .waiting = stats_.waiting + stats_.reserved + what.waiting,
          .free_blocks = stats_.free_blocks,
          .total_blocks = stats_.total_blocks,
          .waiting_prompt_tokens = stats_.waiting_prompt_tokens + what.waiting_prompt_tokens,
          .step_ms = stats_.step_ms,
          .prefill_tokens_per_s = stats_.prefill_tokens_per_s,
          .decode_tokens_per_s = stats_.decode_tokens_per_s,
          .transfers = what.transfers,
          .pool_epoch = epoch_,
          .seen = seen_};
}

} // namespace troupe
