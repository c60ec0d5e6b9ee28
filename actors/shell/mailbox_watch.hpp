// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/shell/event_kind.hpp"
#include "runtime/base/clock.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace troupe {

/// What waits for an actor, counted where it comes and goes: CAF's mailbox belongs to its actor and
/// cannot be walked from outside. One arrival in `sampled_every` is dated, and each that finds
/// nothing waiting, which bounds the age of the oldest.
/// Thread: `arrive` any; `take` and `done` the actor's; the rest any.
/// Bounds: event_kinds_max counters and `samples` dates. Checked:
/// test/unit/admin/mailbox_watch_test.cpp
class mailbox_watch {
public:
  /// Before it is put into the mailbox. `now()` is asked only if the arrival is dated.
  template <class Now>
  void arrive(event_kind what, Now now) {
    const auto nth = arrived_.fetch_add(1, std::memory_order_relaxed);
    kinds_[what].arrived.fetch_add(1, std::memory_order_relaxed);
    const bool was_empty = nth <= taken_.load(std::memory_order_relaxed);
    if (was_empty || nth % sampled_every == 0) {
      date(nth, was_empty, now());
    }
  }

  /// The actor begins with it. Says how many it began with before.
  std::uint64_t take(event_kind what) {
    kinds_[what].taken.fetch_add(1, std::memory_order_relaxed);
    current_.store(what, std::memory_order_relaxed);
    return taken_.fetch_add(1, std::memory_order_relaxed);
  }
  void done() { current_.store(event_kinds::none, std::memory_order_relaxed); }

  [[nodiscard]] std::uint64_t taken() const { return taken_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t taken(event_kind what) const {
    return kinds_[what].taken.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t waiting() const;
  [[nodiscard]] std::uint64_t waiting(event_kind what) const;
  [[nodiscard]] event_kind current() const { return current_.load(std::memory_order_relaxed); }

  /// The oldest that waits did not come before this; nothing: nothing waits.
  [[nodiscard]] std::optional<time_point> oldest_since() const;

  static constexpr std::uint64_t sampled_every = 16;
  static constexpr std::size_t samples = 256;

private:
  struct counter {
    std::atomic<std::uint64_t> arrived{0};
    std::atomic<std::uint64_t> taken{0};
  };
  struct sample {
    std::atomic<std::uint64_t> nth{std::numeric_limits<std::uint64_t>::max()};
    std::atomic<duration::rep> at{0};
  };

  void date(std::uint64_t nth, bool was_empty, time_point now);
  [[nodiscard]] sample& sample_of(std::uint64_t nth) {
    return samples_[(nth / sampled_every) % samples];
  }

  std::atomic<std::uint64_t> arrived_{0};
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<event_kind> current_{event_kinds::none};
  std::atomic<duration::rep> waits_since_{0}; ///< When something last came and nothing waited.
  std::array<counter, limits::event_kinds_max> kinds_;
  std::array<sample, samples> samples_;
};

} // namespace troupe
