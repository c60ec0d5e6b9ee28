// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/worker/exports.hpp"

#include "actors/core/answer.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

void exports::on(const kv_get& what, context& cx) {
  auto why =
      what.who.model == shared_.config.card->digest && what.layout == shared_.config.card->layout
          ? std::optional<error>{}
          : error{errors::wrong_model, "blocks of another model or layout", "", true};
  if (!why && !begin(what.transfer, *cx.from, what.names, true, cx)) {
    why = error{errc::overloaded, "too many transfers; compute the blocks", "", true};
  }
  if (why) {
    answer(cx.out, *cx.from, transfer_stopped{what.transfer, std::move(*why)});
  }
}

bool exports::begin(transfer_id id, const delivery& asked, std::vector<block_name> names,
                    bool foreground, context& cx) {
  if (!shared_.outgoing.begin(id, asked, foreground, cx.now, cx.out)) {
    return false;
  }
  jobs_.emplace(id, export_job{.names = std::move(names), .foreground = foreground});
  return true;
}

void exports::on(const engine::exported& what, context& cx) {
  const auto it = running_.find(what.id);
  if (it == running_.end() || !jobs_.contains(it->second.transfer)) {
    return;
  }
  shared_.outgoing.push({.transfer = it->second.transfer,
                         .ordinal = it->second.first + what.index,
                         .block = what.name,
                         .layout = what.layout,
                         .checksum = what.checksum,
                         .attachment = what.data},
                        cx.now, cx.out);
}

void exports::on(const engine::export_done& what, context&) {
  const auto it = running_.find(what.id);
  if (it == running_.end()) {
    return;
  }
  if (const auto job = jobs_.find(it->second.transfer); job != jobs_.end()) {
    job->second.active.reset();
  }
  running_.erase(it);
}

void exports::pump(context& cx) {
  bool foreground = shared_.outgoing.foreground_busy();
  for (auto it = jobs_.begin(); it != jobs_.end();) {
    auto& [id, job] = *it;
    if (job.foreground && !job.active) {
      advance(id, job, cx);
    }
    const auto over = !job.active && job.next == job.names.size();
    foreground = foreground || (job.foreground && !over);
    it = over ? (shared_.outgoing.finish(id, {}, cx.out), jobs_.erase(it)) : std::next(it);
  }
  for (auto it = jobs_.begin(); !foreground && it != jobs_.end(); ++it) {
    if (!it->second.active) {
      advance(it->first, it->second, cx);
    }
  }
}

void exports::advance(transfer_id id, export_job& what, context& cx) {
  const auto window = shared_.config.limits.window_parts;
  if (what.next == what.names.size() || shared_.outgoing.backlog(id) > window / 2
      || running_.size() >= shared_.config.limits.exports_active_max) {
    return;
  }
  const auto to = std::min(what.names.size(), std::size_t{what.next} + window);
  const auto number = shared_.engine.fresh_export();
  const auto taken = shared_.engine.try_new(
      engine::export_blocks{.id = number,
                            .names = {what.names.begin() + what.next,
                                      what.names.begin() + static_cast<std::ptrdiff_t>(to)},
                            .layout = shared_.config.card->layout});
  static_cast<void>(cx);
  if (taken) {
    running_[number] = {id, what.next};
    what.active = number;
    what.next = static_cast<std::uint32_t>(to);
  }
}

void exports::check_invariants() const {
  for (const auto& [id, job] : jobs_) {
    TROUPE_CHECK(shared_.outgoing.is_known(id));
    TROUPE_CHECK(!job.active || running_.contains(*job.active));
  }
  TROUPE_CHECK(running_.size() <= shared_.config.limits.exports_active_max);
}

} // namespace troupe
