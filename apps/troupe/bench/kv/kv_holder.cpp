// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/kv/kv_holder.hpp"

#include "engine/core/threaded_host.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/rng.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

namespace troupe::bench {

namespace {

constexpr std::uint32_t spare_blocks = 8; ///< For what a sequence would compute.
constexpr std::size_t staging_bytes = std::size_t{32} << 20U;

blob random_block(std::size_t size, rng& draw) {
  bytes out(size);
  for (std::size_t at = 0; at + 8 <= size; at += 8) {
    const auto word = draw();
    std::memcpy(out.data() + at, &word, sizeof word);
  }
  return blob(std::move(out));
}

} // namespace

kv_holder::kv_holder(engine::native_model model, std::uint32_t blocks, part does)
    : model_(std::move(model)) {
  const auto traits = model_.execution->traits();
  blocks_ = std::min(blocks, cacheable_blocks(traits.context_tokens_max - 1));
  rng draw(5);
  for (std::uint32_t i = 0; i <= blocks_ * block_tokens; ++i) {
    spec_.prompt.push_back(static_cast<token_id>(draw.below(traits.vocab_size)));
  }
  spec_.max_tokens = 1;
  spec_.namer = {traits.content, "", "", 1};
  names_ = spec_.namer.all(spec_.prompt);
  // Who gets forgets the blocks each time; who gives holds them under their names.
  host_ = engine::make_threaded_host(std::move(model_.execution),
                                     {.pool_blocks = blocks_ + spare_blocks,
                                      .staging_bytes_max = staging_bytes,
                                      .prefix_cache = does == part::gives},
                                     machine_clock());
  host_->listen([this](const engine::step_events& all) { hear(all); });
}

kv_holder::~kv_holder() = default;

std::size_t kv_holder::block_bytes() const {
  return host_->traits().block_bytes;
}

void kv_holder::submit(engine::command what) {
  if (const auto taken = host_->try_submit(std::move(what)); !taken) {
    std::fprintf(stderr, "bench kv: %s\n", taken.err().text.c_str());
    count(false);
  }
}

engine::sequence_id kv_holder::last_id() {
  const std::lock_guard lock(mutex_);
  return {last_id_};
}

void kv_holder::expect(told ready, told whole) {
  ready_ = std::move(ready);
  std::uint64_t before = 0;
  auto next = spec_;
  {
    const std::lock_guard lock(mutex_);
    before = last_id_++;
    next.id = {last_id_};
    got_ = 0;
    whole_ = std::move(whole);
  }
  if (before != 0) {
    submit(engine::cancel{{before}});
  }
  submit(engine::reserve{std::move(next)});
}

void kv_holder::get(std::uint32_t index, std::uint64_t checksum, blob data) {
  if (index >= blocks_) {
    count(false);
    return;
  }
  submit(engine::import_block{.id = last_id(),
                              .index = index,
                              .name = names_[index],
                              .layout = host_->traits().layout,
                              .checksum = checksum,
                              .data = std::move(data)});
}

void kv_holder::fill(told whole) {
  expect(
      [this](bool is_well) {
        rng draw(6);
        for (std::uint32_t i = 0; is_well && i < blocks_; ++i) {
          auto data = random_block(block_bytes(), draw);
          const auto checksum = hash64(data.view());
          get(i, checksum, std::move(data));
        }
        if (!is_well) {
          count(false);
        }
      },
      [this, whole = std::move(whole)](bool is_well) {
        // Kept by their names from here on.
        submit(engine::cancel{last_id()});
        whole(is_well);
      });
}

void kv_holder::give(taker take, told over) {
  take_ = std::move(take);
  over_ = std::move(over);
  submit(engine::export_blocks{{1}, names_, host_->traits().layout});
}

// One block more, or the end of hope.
void kv_holder::count(bool is_well) {
  told whole;
  {
    const std::lock_guard lock(mutex_);
    got_ += is_well ? 1U : 0U;
    if (!is_well || got_ == blocks_) {
      whole = std::exchange(whole_, nullptr);
    }
  }
  if (whole) {
    whole(is_well);
  }
}

void kv_holder::hear(const engine::step_events& all) {
  for (const auto& event : all.events) {
    if (const auto* got = std::get_if<engine::imported>(&event)) {
      count(got->ok);
    } else if (const auto* refused = std::get_if<engine::sequence_refused>(&event)) {
      std::fprintf(stderr, "bench kv: %s\n", refused->why.text.c_str());
      ready_(false);
    } else if (const auto* room = std::get_if<engine::reserved>(&event)) {
      ready_(room->cached_blocks == 0 && room->prompt_blocks == blocks_);
    } else if (const auto* block = std::get_if<engine::exported>(&event)) {
      take_(block->index, block->checksum, block->data);
    } else if (const auto* end = std::get_if<engine::export_done>(&event)) {
      over_(end->missing.empty());
    }
  }
}

} // namespace troupe::bench
