// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/decoder/device_executor.hpp"

#include "cuda/core/graph_buckets.hpp"
#include "cuda/decoder/answering.hpp"
#include "cuda/device/graph.hpp"
#include "cuda/device/pinned_memory.hpp"
#include "cuda/device/step_deadline.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace troupe::cuda {
namespace {

constexpr std::size_t graphs_max = 32;

engine::ops::kv_layout page_of(const device_model& model) {
  const auto& shape = model.ranks.front().shape;
  return {.layers = model.groups.pages() == 1 ? shape.layers : model.page_layers,
          .kv_heads = shape.kv_heads,
          .head_dim = shape.head_dim,
          .block_size = model.block_size,
          .shared_dim = shape.latent.kv_rank};
}

class device_executor final : public engine::executor {
public:
  explicit device_executor(device_model model)
      : block_size_(model.block_size),
        step_rows_max_(model.step_rows_max),
        step_sequences_max_(model.step_sequences_max),
        blocks_max_((static_cast<std::int32_t>(model.context_tokens_max) + model.block_size - 1)
                    / model.block_size),
        traits_{.groups = model.groups,
                .layout =
                    device_layout_id(page_of(model), model.groups, model.ranks.size(),
                                     model.has_shared_out_experts, model.ranks.front().shape.kept),
                .content = model.content,
                .context_tokens_max = model.context_tokens_max,
                .scores_prompts = false,
                .computes_beside = true},
        ranks_(std::move(model.ranks), std::move(model.add_up), page_of(model)),
        deadline_(model.step_limit, [] { TROUPE_CHECK(!"the device does not end a step"); }) {
    traits_.block_bytes = traits_.groups.pages() * ranks_.page_bytes();
    traits_.vocab_size = static_cast<std::uint32_t>(ranks_.vocab());
  }

  [[nodiscard]] status start() {
    const auto why =
        ranks_.start(step_rows_max_, step_sequences_max_, step_sequences_max_, blocks_max_,
                     static_cast<std::int32_t>(traits_.context_tokens_max));
    return why == success ? answering_.reserve(step_sequences_max_, ranks_.vocab()) : why;
  }

  [[nodiscard]] const engine::executor_traits& traits() const override { return traits_; }

  /// One slot more, in which the rows that fill a graph up are written.
  void allocate_pool(std::uint32_t slots) override {
    if (ranks_.allocate_pool(std::size_t{slots} + 1) != success) {
      throw std::bad_alloc{};
    }
    slots_ = slots;
  }

  void begin(const engine::step_plan& plan) override {
    for (const auto& row : plan.rows) {
      TROUPE_CHECK(engine::has_slots(row, traits_.groups, slots_));
    }
    for (const auto& read : plan.reads) {
      TROUPE_CHECK(read.slot < slots_ && read.to.size() == traits_.page_bytes());
    }
    if (!plan.rows.empty()) {
      deadline_.begin();
      TROUPE_CHECK(launch(plan) == success);
      has_begun_ = true;
    }
  }

  void execute(const engine::step_plan& plan, engine::step_output& out) override {
    out.tokens.clear();
    out.logprobs.clear();
    out.cost = duration{0};
    if (!has_begun_) {
      begin(plan);
    }
    if (std::exchange(has_begun_, false)) {
      TROUPE_CHECK(wait(plan) == success);
      deadline_.end();
      answering_.finish(out);
    }
  }

  void read_page(engine::slot_id slot, std::span<std::byte> data) override {
    TROUPE_CHECK(slot < slots_ && ranks_.read_page(slot, data) == success);
  }

  void write_page(engine::slot_id slot, std::span<const std::byte> data) override {
    TROUPE_CHECK(slot < slots_ && ranks_.write_page(slot, data) == success);
  }

  [[nodiscard]] std::shared_ptr<std::pmr::memory_resource> staging_memory() override {
    return staging_;
  }

private:
  /// All of a step follows in the first stream, for which the host waits once, at its end; several
  /// ranks are waited for before their logits are read, too.
  [[nodiscard]] status launch(const engine::step_plan& plan) {
    auto batch = flatten(plan.rows, block_size_, blocks_max_,
                         static_cast<std::int32_t>(traits_.groups.pages()));
    const auto bucket = batch.is_decode() ? sequences_bucket(batch.sequences()) : 0;
    const bool has_graph = ranks_.can_record() && bucket > 0 && bucket <= step_sequences_max_
                           && std::ranges::all_of(plan.reads, &engine::page_read::is_whole);
    if (has_graph) {
      pad(batch, bucket, slots_);
      batch.visible_max =
          visible_bucket(batch.visible_max, static_cast<std::int32_t>(traits_.context_tokens_max));
    }
    const auto& on = ranks_.first_stream();
    through_.reset();
    auto why = ranks_.read_whole(plan.reads);
    if (why == success) {
      why = ranks_.begin(batch, through_);
    }
    if (why == success) {
      why = answering_.begin(plan.rows, ranks_.vocab(), through_, on.get());
    }
    if (why == success) {
      why = has_graph ? launch_recorded(batch) : ranks_.run(batch, plan.reads);
    }
    if (why == success && !ranks_.can_record()) {
      why = ranks_.wait();
    }
    return why == success ? answering_.run(ranks_.logits(), through_, on.get()) : why;
  }

  [[nodiscard]] status wait(const engine::step_plan& plan) const {
    const auto why = ranks_.first_stream().wait();
    return why == success && !plan.reads.empty() ? ranks_.wait_reads() : why;
  }

  /// The first step of a key is launched kernel by kernel, so that products have their advice, and
  /// recorded for those that come after.
  [[nodiscard]] status launch_recorded(const step_batch& batch) {
    const graph_key key{batch.sequences(), batch.visible_max};
    if (const auto* known = graphs_.find(key); known != nullptr) {
      return known->launch(ranks_.first_stream().get());
    }
    if (const auto why = ranks_.run(batch); why != success) {
      return why;
    }
    // What is recorded reads of the batch only its counts.
    graph recorded;
    const auto why =
        recorded.record(ranks_.first_stream().get(), [this, batch] { return ranks_.run(batch); });
    if (why == success) {
      graphs_.add(key, std::move(recorded));
    }
    return why;
  }

  std::int32_t block_size_;
  std::int32_t step_rows_max_;
  std::int32_t step_sequences_max_;
  std::int32_t blocks_max_;
  engine::executor_traits traits_;
  decoder_ranks ranks_;
  step_deadline deadline_;
  std::uint32_t slots_ = 0;
  bool has_begun_ = false;
  graph_cache<graph> graphs_{graphs_max};
  answering answering_;
  transfers through_;
  std::shared_ptr<pinned_memory> staging_ = std::make_shared<pinned_memory>();
};

} // namespace

static_assert(ops::no_token == engine::no_token);

layout_id device_layout_id(const engine::ops::kv_layout& page, const engine::kv_groups& groups,
                           std::size_t ranks, bool has_shared_out_experts, ops::kv_element kept) {
  constexpr std::uint64_t rows_of_bf16 = 0x6266313672777331; // "bf16rws1"
  constexpr std::uint64_t rows_of_fp8 = 0x6534336d72777331;  // "e43mrws1"
  constexpr std::uint64_t shared_out = 0x100000000;
  auto id = kept == ops::kv_element::bf16 ? rows_of_bf16 : rows_of_fp8;
  for (const auto part :
       {page.layers, page.kv_heads, page.head_dim, page.block_size, page.shared_dim}) {
    id = mix64(id, static_cast<std::uint64_t>(part));
  }
  if (ranks > 1) {
    id = mix64(id, ranks + (has_shared_out_experts ? shared_out : 0));
  }
  if (groups.has_windows()) {
    id = mix64(id, mix64(groups.full_pages, mix64(groups.window_pages, groups.window_tokens)));
  }
  return {id};
}

std::unique_ptr<engine::executor> make_device_executor(device_model model, status& why) {
  auto made = std::make_unique<device_executor>(std::move(model));
  why = made->start();
  if (why != success) {
    return nullptr;
  }
  return made;
}

} // namespace troupe::cuda
