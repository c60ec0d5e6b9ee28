// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/block_pool.hpp"
#include "engine/core/sequence.hpp"
#include "engine/core/staging.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace troupe::engine {

/// Copy a block's pages out of `slots` into `bytes` (read_pages), then say that `work` is done.
struct export_work {
  std::uint64_t work = 0;
  std::span<const slot_id> slots; ///< Valid until the work is finished, as are the
  std::span<std::byte> bytes;
};

/// Blocks that are to be copied out of the pool, into staging memory as it has room: those of
/// prefill_only sequences as they are computed, then those asked for by name.
/// Thread: engine thread only.
/// Bounds: staging bytes; `exports_max` queued requests, more are answered as missing.
/// Checked: test/unit/engine/export_test.cpp
class export_queue {
public:
  static constexpr std::size_t exports_max = 1024;

  export_queue(block_pool& pool, const executor_traits& traits, std::size_t staging_bytes_max,
               std::vector<event>& events);

  [[nodiscard]] staging_arena& arena() { return arena_; }

  void add(export_blocks what);
  /// The next copy, if there is one and staging has room. `sequences` in order of service.
  [[nodiscard]] std::optional<export_work> next(std::span<sequence* const> sequences);
  /// The sequence whose block this was, if it has not ended.
  sequence* finish(std::uint64_t work);
  /// Its copies in flight are not told any more.
  void forget(const sequence& seq);

  [[nodiscard]] bool idle() const { return jobs_.empty() && running_.empty(); }
  [[nodiscard]] std::size_t running_count() const { return running_.size(); }

private:
  struct job {
    export_blocks what;
    std::uint32_t next = 0;
    std::uint32_t pending = 0;
    std::vector<std::uint32_t> missing;
  };
  struct copy {
    staging_arena::buffer buffer;
    std::vector<slot_id> slots;
    sequence* seq = nullptr;
    bool named = false; ///< For a job; otherwise for a sequence, or nobody any more.
    exported told;
  };

  [[nodiscard]] std::optional<export_work> begin(copy what);
  [[nodiscard]] std::optional<export_work> next_named();
  void retire_jobs();

  block_pool& pool_;
  executor_traits traits_;
  staging_arena arena_;
  std::vector<event>& events_;
  std::deque<job> jobs_;
  std::map<std::uint64_t, copy> running_;
  std::uint64_t works_ = 0;
};

} // namespace troupe::engine
