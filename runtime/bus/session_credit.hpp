// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/link.hpp"
#include "runtime/bus/message.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

/// How credit comes home: messages are destroyed in any thread, long after the bus let go of them.
namespace troupe {

/// Wakes a transport that may be gone already. Thread: any.
class wake_gate {
public:
  explicit wake_gate(transport* over) : over_(over) {}
  void wake() {
    const std::lock_guard lock(mutex_);
    if (over_ != nullptr) {
      over_->wake();
    }
  }
  void close() {
    const std::lock_guard lock(mutex_);
    over_ = nullptr;
  }

private:
  std::mutex mutex_;
  transport* over_;
};

/// Written by different threads: not on one line of the processor's cache.
inline constexpr std::size_t cache_line_bytes = 64;

/// What outlives a session: whether it stands, and what of its bytes was destroyed.
class session_pulse {
public:
  /// Bytes of one lane's messages.
  struct lane_credit {
    std::uint64_t report_after = 0;         ///< Of destroyed and unreported ones.
    std::atomic<std::uint64_t> reported{0}; ///< Of the destroyed. Written by the session.
    alignas(cache_line_bytes) std::atomic<std::uint64_t> destroyed{0};

    [[nodiscard]] bool is_due() const { return destroyed.load() - reported.load() >= report_after; }

    /// True if these bytes made a report due: whoever reports looks again afterwards, so that
    /// either side sees the other's.
    bool destroy(std::uint64_t size) {
      const auto after = destroyed.fetch_add(size) + size;
      const auto open = after - reported.load();
      return open >= report_after && open - size < report_after;
    }
  };

  explicit session_pulse(std::shared_ptr<wake_gate> wakes) : gate(std::move(wakes)) {}
  session_pulse(const session_pulse&) = delete;
  session_pulse& operator=(const session_pulse&) = delete;

  /// The session let go of it, after it had made so many holds.
  void orphan(std::uint64_t holds_made) { release(owned_by_session - holds_made); }
  void release() { release(1); }

  std::shared_ptr<wake_gate> gate;
  std::uint64_t serial = 0; ///< As session::setup.
  bool never_dies = false;  ///< A mutant.
  std::atomic<bool> alive{true};
  lane_credit control;
  lane_credit bulk;

private:
  ~session_pulse() = default;
  void release(std::uint64_t count) {
    if (users_.fetch_sub(count) == count) {
      delete this;
    }
  }

  /// The session counts its holds by itself, so that making one touches nothing that other threads
  /// write; what it made is settled when it ends.
  static constexpr std::uint64_t owned_by_session = std::uint64_t{1} << 62U;
  std::atomic<std::uint64_t> users_{owned_by_session};
};

class credited_hold final : public session_hold {
public:
  /// Requires: the session counts it.
  credited_hold(session_pulse& pulse, std::uint64_t control_bytes, std::uint64_t bulk_bytes)
      : pulse_(&pulse), control_bytes_(control_bytes), bulk_bytes_(bulk_bytes) {}
  ~credited_hold() override {
    bool enough = control_bytes_ > 0 && pulse_->control.destroy(control_bytes_);
    enough = (bulk_bytes_ > 0 && pulse_->bulk.destroy(bulk_bytes_)) || enough;
    if (enough && pulse_->alive.load()) {
      pulse_->gate->wake();
    }
    pulse_->release();
  }

  [[nodiscard]] bool alive() const override { return pulse_->never_dies || pulse_->alive.load(); }
  [[nodiscard]] std::uint64_t session() const override { return pulse_->serial; }

private:
  session_pulse* pulse_;
  std::uint64_t control_bytes_;
  std::uint64_t bulk_bytes_;
};

} // namespace troupe
