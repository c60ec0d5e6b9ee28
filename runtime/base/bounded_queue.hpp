// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <limits>
#include <mutex>
#include <utility>
#include <vector>

namespace troupe {

/// Items on their way to one consuming thread, bounded in number and bytes (I-7): what does not fit
/// is refused and stays with the caller.
/// Thread: try_push, wake, close, size: any; take_all, wait_and_take: the consumer's.
/// Checked: test/unit/base/bounded_queue_test.cpp
template <class T>
class bounded_queue {
public:
  explicit bounded_queue(std::size_t items_max,
                         std::size_t bytes_max = std::numeric_limits<std::size_t>::max())
      : items_max_(items_max), bytes_max_(bytes_max) {}

  /// `size`: what the item counts in bytes; a lone item always fits. False: full or closed, and
  /// `item` is untouched.
  [[nodiscard]] bool try_push(T&& item, std::size_t size = 0) {
    {
      const std::lock_guard lock{mutex_};
      const auto fits = items_.empty() || size <= bytes_max_ - std::min(bytes_max_, bytes_);
      if (closed_ || items_.size() >= items_max_ || !fits) {
        return false;
      }
      items_.push_back(std::move(item));
      bytes_ += size;
    }
    changed_.notify_one();
    return true;
  }

  /// All that is queued now, oldest first.
  [[nodiscard]] std::vector<T> take_all() {
    const std::lock_guard lock{mutex_};
    return take_locked();
  }

  /// As take_all, after waiting for an item, a wake or the close.
  [[nodiscard]] std::vector<T> wait_and_take() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return !items_.empty() || woken_ || closed_; });
    return take_locked();
  }

  /// Waits until the queue is closed, at most `time`; items do not end it. True: it is closed.
  template <class Duration>
  bool wait_closed(Duration time) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, time, [this] { return closed_; });
  }

  /// Makes a waiting consumer, or the next one that waits, return with what there is.
  void wake() {
    {
      const std::lock_guard lock{mutex_};
      woken_ = true;
    }
    changed_.notify_one();
  }

  /// Refuses items from now on and wakes the consumer; what is queued can still be taken.
  void close() {
    {
      const std::lock_guard lock{mutex_};
      closed_ = true;
    }
    changed_.notify_one();
  }

  [[nodiscard]] bool is_closed() const {
    const std::lock_guard lock{mutex_};
    return closed_;
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return items_.size();
  }

private:
  std::vector<T> take_locked() {
    woken_ = false;
    bytes_ = 0;
    return std::exchange(items_, {});
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> items_;
  std::size_t items_max_;
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  bool woken_ = false;
  bool closed_ = false;
};

} // namespace troupe
