// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <sys/types.h>
#include <vector>

namespace troupe::bench {

/// Processes that do nothing but keep processors busy, of our own priority, until this goes.
class busy_loops {
public:
  explicit busy_loops(std::uint32_t count);
  ~busy_loops();
  busy_loops(const busy_loops&) = delete;
  busy_loops& operator=(const busy_loops&) = delete;

private:
  std::vector<pid_t> children_;
};

} // namespace troupe::bench
