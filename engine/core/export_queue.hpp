// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/block_pool.hpp"
#include "engine/core/host_tier.hpp"
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
/// prefill_only sequences as they are computed, then those asked for by name, which may come from
/// the host tier. Thread: engine thread only. Bounds: staging bytes; `exports_max` queued requests,
/// more are answered as missing. Checked: test/unit/engine/export_test.cpp
class export_queue {
public:
  static constexpr std::size_t exports_max = 1024;

  export_queue(block_pool& pool, host_tier& tier, executor& exec, std::size_t staging_bytes_max,
               std::vector<event>& events);

  [[nodiscard]] staging_arena& arena() { return arena_; }

  void add(export_blocks what);
  /// The next copy, if there is one and staging has room. `sequences` in order of service.
  [[nodiscard]] std::optional<export_work> next(std::span<sequence* const> sequences);
  /// Begins the copies of a prefill_only sequence's blocks that will be whole when `computed`
  /// tokens of it are, as staging has room: a step that is planned makes them, by `reads`.
  void begin_with_step(sequence& seq, std::uint32_t computed, std::vector<page_read>& reads,
                       std::vector<std::uint64_t>& works);
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
  [[nodiscard]] std::optional<export_work> begin_next(sequence& seq);
  [[nodiscard]] std::optional<export_work> next_named();
  /// A block of the host tier, without work for anybody. False: staging has no room.
  [[nodiscard]] bool tell_copy(job& of, const blob& data);
  void retire_jobs();

  block_pool& pool_;
  host_tier& tier_;
  executor_traits traits_;
  staging_arena arena_;
  std::vector<event>& events_;
  std::deque<job> jobs_;
  std::map<std::uint64_t, copy> running_;
  std::uint64_t works_ = 0;
};

} // namespace troupe::engine
