// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/directory/directory_core.hpp"

#include <functional>
#include <vector>

namespace troupe {

/// A directory's store that also says, again and again, what all processes keep in it.
/// Thread: any. Checked: test/integration/redis, test/sim/cluster_test.cpp
class polled_store : public directory_store {
public:
  /// Everything there is, after each complete round; `in_time`: what is missing is missing and not
  /// late. Must not block.
  using sink = std::function<void(std::vector<join>, bool in_time)>;

  /// Until then, and after `close`, what is read is dropped.
  virtual void listen(sink to) = 0;
  void close() { listen({}); }
};

} // namespace troupe
