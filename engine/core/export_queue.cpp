// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/export_queue.hpp"

#include "engine/core/sequence_blocks.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace troupe::engine {

namespace {

/// Whether the next block to export is whole when `computed` tokens are.
bool has_next(const sequence& seq, std::uint32_t computed) {
  return seq.spec.prefill_only && seq.is_started() && seq.holds_blocks
         && seq.export_next < seq.cacheable() && (seq.export_next + 1) * block_tokens <= computed;
}

} // namespace

export_queue::export_queue(block_pool& pool, host_tier& tier, executor& exec,
                           std::size_t staging_bytes_max, std::vector<event>& events)
    : pool_(pool),
      tier_(tier),
      traits_(exec.traits()),
      arena_(staging_bytes_max, exec.staging_memory()),
      events_(events) {
}

void export_queue::add(export_blocks what) {
  if (jobs_.size() >= exports_max || what.layout != traits_.layout) {
    std::vector<std::uint32_t> all(what.names.size());
    std::iota(all.begin(), all.end(), 0U);
    events_.push_back(export_done{what.id, std::move(all)});
    return;
  }
  jobs_.push_back({std::move(what), 0, 0, {}});
  retire_jobs();
}

std::optional<export_work> export_queue::begin(copy what) {
  auto buffer = arena_.take(what.slots.size() * traits_.page_bytes());
  if (!buffer) {
    return std::nullopt;
  }
  for (const auto slot : what.slots) {
    pool_.begin_transfer(slot);
  }
  what.buffer = std::move(*buffer);
  what.told.layout = traits_.layout;
  auto& running = running_.emplace(++works_, std::move(what)).first->second;
  return export_work{works_, running.slots, running.buffer.data()};
}

std::optional<export_work> export_queue::next(std::span<sequence* const> sequences) {
  for (auto* seq : sequences) {
    if (has_next(*seq, seq->computed)) {
      return begin_next(*seq);
    }
  }
  return next_named();
}

std::optional<export_work> export_queue::begin_next(sequence& seq) {
  copy what;
  what.seq = &seq;
  what.told.sequence = seq.spec.id;
  what.told.index = seq.export_next;
  what.told.name = seq.names[seq.export_next];
  what.slots = block_to_export(seq, pool_, seq.export_next);
  auto work = begin(std::move(what));
  if (work) {
    ++seq.export_next;
    ++seq.exports_pending;
  }
  return work;
}

void export_queue::begin_with_step(sequence& seq, std::uint32_t computed,
                                   std::vector<page_read>& reads,
                                   std::vector<std::uint64_t>& works) {
  const auto size = traits_.page_bytes();
  while (has_next(seq, computed)) {
    const auto work = begin_next(seq);
    if (!work) {
      return;
    }
    works.push_back(work->work);
    for (std::uint32_t page = 0; page < work->slots.size(); ++page) {
      reads.push_back({work->slots[page], page, false, work->bytes.subspan(page * size, size)});
    }
  }
}

std::optional<export_work> export_queue::next_named() {
  for (auto& each : jobs_) {
    while (each.next < each.what.names.size()) {
      const auto name = each.what.names[each.next];
      auto slots = find_block(name, pool_);
      if (!slots.empty()) {
        copy what;
        what.slots = std::move(slots);
        what.named = true;
        what.told.id = each.what.id;
        what.told.index = each.next;
        what.told.name = name;
        auto work = begin(std::move(what));
        if (work) {
          ++each.next;
          ++each.pending;
        }
        return work;
      }
      if (const auto data = tier_.find(name); data.empty()) {
        each.missing.push_back(each.next++);
      } else if (!tell_copy(each, data)) {
        return std::nullopt;
      }
    }
  }
  retire_jobs();
  return std::nullopt;
}

bool export_queue::tell_copy(job& of, const blob& data) {
  auto buffer = arena_.take(data.size());
  if (!buffer) {
    return false;
  }
  std::ranges::copy(data.view(), buffer->data().begin());
  const auto index = of.next++;
  events_.push_back(exported{.id = of.what.id,
                             .sequence = {},
                             .index = index,
                             .name = of.what.names[index],
                             .layout = traits_.layout,
                             .checksum = hash64(buffer->data()),
                             .data = staging_arena::seal(std::move(*buffer))});
  return true;
}

sequence* export_queue::finish(std::uint64_t work) {
  const auto at = running_.find(work);
  TROUPE_CHECK(at != running_.end());
  auto done = std::move(at->second);
  running_.erase(at);
  for (const auto slot : done.slots) {
    pool_.end_transfer(slot);
  }
  if (!done.named && done.seq == nullptr) {
    return nullptr;
  }
  done.told.checksum = hash64(done.buffer.data());
  done.told.data = staging_arena::seal(std::move(done.buffer));
  if (done.named) {
    const auto owner =
        std::ranges::find(jobs_, done.told.id, [](const auto& j) { return j.what.id; });
    TROUPE_CHECK(owner != jobs_.end());
    --owner->pending;
  } else {
    --done.seq->exports_pending;
  }
  events_.push_back(std::move(done.told));
  retire_jobs();
  return done.seq;
}

void export_queue::forget(const sequence& seq) {
  for (auto& [work, what] : running_) {
    if (what.seq == &seq) {
      what.seq = nullptr;
    }
  }
}

void export_queue::retire_jobs() {
  std::erase_if(jobs_, [this](job& done) {
    if (done.pending > 0 || done.next < done.what.names.size()) {
      return false;
    }
    events_.push_back(export_done{done.what.id, std::move(done.missing)});
    return true;
  });
}

} // namespace troupe::engine
