// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/decoder/device_executor.hpp"

#include "cuda/core/graph_buckets.hpp"
#include "cuda/decoder/answering.hpp"
#include "cuda/device/graph.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

#include <new>

namespace troupe::cuda {
namespace {

constexpr std::size_t graphs_max = 32;

class device_executor final : public engine::executor {
public:
  explicit device_executor(device_model model)
      : model_(std::move(model)),
        layout_{.layers = model_.groups.pages() == 1 ? model_.shape.layers : model_.page_layers,
                .kv_heads = model_.shape.kv_heads,
                .head_dim = model_.shape.head_dim,
                .block_size = model_.block_size,
                .shared_dim = model_.shape.latent.kv_rank},
        blocks_max_((static_cast<std::int32_t>(model_.context_tokens_max) + model_.block_size - 1)
                    / model_.block_size),
        decoder_(model_.shape, model_.weights, *model_.multiply) {
    traits_ = {.block_bytes = model_.groups.pages() * layout_.block_elements() * sizeof(bf16),
               .groups = model_.groups,
               .layout = device_layout_id(layout_, model_.groups),
               .content = model_.content,
               .vocab_size = static_cast<std::uint32_t>(model_.shape.vocab),
               .context_tokens_max = model_.context_tokens_max,
               .scores_prompts = false};
  }

  [[nodiscard]] status start() {
    const auto sequences = static_cast<std::size_t>(model_.step_sequences_max);
    for (const auto why : {on_.make(),
                           decoder_.reserve(model_.step_rows_max, model_.step_sequences_max,
                                            model_.step_sequences_max, blocks_max_,
                                            static_cast<std::int32_t>(model_.context_tokens_max)),
                           answering_.reserve(sequences)}) {
      if (why != success) {
        return why;
      }
    }
    return success;
  }

  [[nodiscard]] const engine::executor_traits& traits() const override { return traits_; }

  /// One slot more, in which the rows that fill a graph up are written.
  void allocate_pool(std::uint32_t slots) override {
    if (pool_.resize((std::size_t{slots} + 1) * layout_.block_elements()) != success) {
      throw std::bad_alloc{};
    }
    slots_ = slots;
  }

  void execute(const engine::step_plan& plan, engine::step_output& out) override {
    out.tokens.clear();
    out.logprobs.clear();
    out.cost = duration{0};
    for (const auto& row : plan.rows) {
      TROUPE_CHECK(engine::has_slots(row, traits_.groups, slots_));
    }
    if (plan.rows.empty()) {
      return;
    }
    compute(plan);
    TROUPE_CHECK(answering_.run(plan.rows, decoder_.logits(), model_.shape.vocab, on_, out)
                 == success);
  }

  void read_page(engine::slot_id slot, std::span<std::byte> data) override {
    TROUPE_CHECK(data.size() == traits_.page_bytes());
    TROUPE_CHECK(copy_out(data.data(), at(slot), data.size()) == success);
  }

  void write_page(engine::slot_id slot, std::span<const std::byte> data) override {
    TROUPE_CHECK(data.size() == traits_.page_bytes());
    TROUPE_CHECK(copy_in(at(slot), data.data(), data.size()) == success);
  }

private:
  [[nodiscard]] bf16* at(engine::slot_id slot) const {
    TROUPE_CHECK(slot < slots_);
    return pool_.data() + slot * layout_.block_elements();
  }

  /// Leaves the logits of the wanted rows on the device, done.
  void compute(const engine::step_plan& plan) {
    auto batch = flatten(plan.rows, layout_.block_size, blocks_max_,
                         static_cast<std::int32_t>(traits_.groups.pages()));
    const auto bucket = batch.is_decode() ? sequences_bucket(batch.sequences()) : 0;
    const bool has_graph = bucket > 0 && bucket <= model_.step_sequences_max;
    if (has_graph) {
      pad(batch, bucket, slots_);
      batch.visible_max =
          visible_bucket(batch.visible_max, static_cast<std::int32_t>(model_.context_tokens_max));
    }
    TROUPE_CHECK(decoder_.begin(batch) == success);
    TROUPE_CHECK((has_graph ? launch_recorded(batch) : launch(batch)) == success);
    TROUPE_CHECK(on_.wait() == success);
  }

  [[nodiscard]] status launch(const step_batch& batch) {
    return decoder_.run(batch, layout_, pool_.data(), on_.get());
  }

  /// The first step of a key is launched kernel by kernel, so that products have their advice, and
  /// recorded for those that come after.
  [[nodiscard]] status launch_recorded(const step_batch& batch) {
    const graph_key key{batch.sequences(), batch.visible_max};
    if (const auto* known = graphs_.find(key); known != nullptr) {
      return known->launch(on_.get());
    }
    if (const auto why = launch(batch); why != success) {
      return why;
    }
    // What is recorded reads of the batch only its counts.
    graph recorded;
    const auto why = recorded.record(on_.get(), [this, batch] { return launch(batch); });
    if (why == success) {
      graphs_.add(key, std::move(recorded));
    }
    return why;
  }

  device_model model_;
  engine::ops::kv_layout layout_;
  std::int32_t blocks_max_;
  engine::executor_traits traits_;
  owned_stream on_;
  decoder decoder_;
  device_buffer<bf16> pool_;
  std::uint32_t slots_ = 0;
  graph_cache<graph> graphs_{graphs_max};
  answering answering_;
};

} // namespace

static_assert(ops::no_token == engine::no_token);

layout_id device_layout_id(const engine::ops::kv_layout& page, const engine::kv_groups& groups) {
  constexpr std::uint64_t rows_of_bf16 = 0x6266313672777331; // "bf16rws1"
  auto id = rows_of_bf16;
  for (const auto part :
       {page.layers, page.kv_heads, page.head_dim, page.block_size, page.shared_dim}) {
    id = mix64(id, static_cast<std::uint64_t>(part));
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
