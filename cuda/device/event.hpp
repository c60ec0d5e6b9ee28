// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/stream.hpp"

namespace troupe::cuda {

/// A point in a stream for which others wait, and the host does not. On the emulated grid, where
/// everything is done at once, nothing. Checked: test/gpu/executor_test.cpp
class owned_event {
public:
  owned_event() = default;
  owned_event(const owned_event&) = delete;
  owned_event& operator=(const owned_event&) = delete;
  ~owned_event();

  [[nodiscard]] status make();
  /// `follower` goes on once what `leader` was given so far is done. May be called again and again.
  [[nodiscard]] status order(stream leader, stream follower) const;

private:
  void* event_ = nullptr;
};

} // namespace troupe::cuda
