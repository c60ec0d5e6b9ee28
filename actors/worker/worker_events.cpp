// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/worker/worker_core.hpp"

#include <variant>

namespace troupe {

void worker_core::on_engine(const engine::step_events& what, context& cx) {
  shared_.engine.retry();
  step_ = what.stats.step;
  shared_.reports.stats(what.stats);
  for (const auto& event : what.events) {
    std::visit([&](const auto& each) { take(each, cx); }, event);
  }
  settle(cx);
}

void worker_core::on_snapshot(const engine::engine_host::snapshot& what, context& cx) {
  log_.snapshot(what.as_of, what.names, cx.out);
  settle(cx);
}

void worker_core::take(const engine::reserved& what, context& cx) {
  if (decode_.owns(what.id)) {
    decode_.on(what, cx);
  } else if (prefill_.owns(what.id)) {
    prefill_.on(what, cx);
  }
}

void worker_core::take(const engine::sequence_refused& what, context& cx) {
  shared_.engine.ended(what.id);
  if (decode_.owns(what.id)) {
    decode_.on(what, cx);
  } else if (prefill_.owns(what.id)) {
    prefill_.on(what, cx);
  }
}

void worker_core::take(const engine::imported& what, context& cx) {
  fills_.imported(what, cx);
  settle_fills(cx);
}

void worker_core::take(const engine::produced& what, context& cx) {
  if (what.end) {
    shared_.engine.ended(what.id);
  }
  if (decode_.owns(what.id)) {
    decode_.on(what, cx);
  } else if (prefill_.owns(what.id)) {
    prefill_.on(what, cx);
  }
}

void worker_core::take(const engine::phase_changed& what, context& cx) {
  if (decode_.owns(what.id)) {
    decode_.on(what, cx);
  }
}

void worker_core::take(const engine::exported& what, context& cx) {
  if (what.id.value != 0) {
    exports_.on(what, cx);
  } else if (prefill_.owns(what.sequence)) {
    prefill_.on(what, cx);
  }
}

void worker_core::take(const engine::export_done& what, context& cx) {
  exports_.on(what, cx);
}

void worker_core::take(const engine::pool_log_entry& what, context& cx) {
  log_.append(what.seq, what.stored, what.removed, cx.now, cx.out);
  offers_.stored(what.stored);
}

void worker_core::take(const engine::scored& what, context&) {
  if (decode_.owns(what.id)) {
    decode_.on(what);
  }
}

void worker_core::take(const engine::embedded& what, context& cx) {
  if (decode_.owns(what.id)) {
    decode_.on(what, cx);
  }
}

} // namespace troupe
