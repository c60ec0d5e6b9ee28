// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/native_executor.hpp"

#include "engine/core/cpu/parallel.hpp"
#include "engine/core/logprobs.hpp"
#include "engine/core/sampler.hpp"
#include "engine/model/decoder_forward.hpp"
#include "engine/model/digest.hpp"
#include "engine/model/model_error.hpp"
#include "messages/vocab/block_naming.hpp"
#include "runtime/base/check.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <new>

namespace troupe::engine {
namespace {

constexpr std::uint32_t threads_max = 256;

class native_executor final : public executor {
public:
  native_executor(std::unique_ptr<cpu::parallel> workers,
                  std::shared_ptr<const decoder_weights> weights, const ops::kv_layout& layout,
                  const cpu::cpu_ops& ops, content_id content)
      : workers_(std::move(workers)),
        weights_(std::move(weights)),
        layout_(layout),
        forward_(*weights_, layout_, ops, *workers_) {
    traits_ = {.block_bytes = layout.block_elements() * sizeof(float),
               .layout = layout_of(layout),
               .content = content,
               .vocab_size = static_cast<std::uint32_t>(weights_->spec.vocab),
               .context_tokens_max = weights_->spec.context_tokens_max,
               .embedding_size = static_cast<std::uint32_t>(weights_->spec.hidden)};
  }

  [[nodiscard]] const executor_traits& traits() const override { return traits_; }

  void allocate_pool(std::uint32_t slots) override {
    pool_ = weight_buffer{slots * traits_.block_bytes};
    slots_ = slots;
  }

  void execute(const step_plan& plan, step_output& out) override {
    for (const auto& row : plan.rows) {
      for (const auto slot : row.blocks) {
        TROUPE_CHECK(slot < slots_);
      }
    }
    out.tokens.clear();
    out.logprobs.clear();
    out.scores.clear();
    for (const auto& row : plan.rows) {
      out.scores.resize(out.scores.size() + row.score_to - row.score_from);
    }
    forward_.run(
        plan.rows, reinterpret_cast<float*>(pool_.data()),
        [&out](std::size_t no, const step_row& row, std::uint32_t at,
               std::span<const float> logits) { out.scores[no] = score_of(row, at, logits); });
    out.cost = duration{0};
    for (const auto& row : plan.rows) {
      if (row.wants_token) {
        sampler_.answer(row, forward_.logits(out.tokens.size()), out);
      }
    }
  }

  void read_block(slot_id slot, std::span<std::byte> data) override {
    TROUPE_CHECK(data.size() == traits_.block_bytes);
    std::memcpy(data.data(), at(slot), data.size());
  }

  void write_block(slot_id slot, std::span<const std::byte> data) override {
    TROUPE_CHECK(data.size() == traits_.block_bytes);
    std::memcpy(at(slot), data.data(), data.size());
  }

  /// One token in a pool of its own: true if all logits are finite.
  [[nodiscard]] bool is_sound() {
    std::vector<float> pool(layout_.block_elements());
    const std::array<token_id, 1> tokens{0};
    const std::array<slot_id, 1> blocks{0};
    step_row row;
    row.tokens = tokens;
    row.blocks = blocks;
    row.wants_token = true;
    forward_.run({&row, 1}, pool.data());
    for (const float value : forward_.logits(0)) {
      if (!std::isfinite(value)) {
        return false;
      }
    }
    return true;
  }

private:
  [[nodiscard]] std::byte* at(slot_id slot) {
    TROUPE_CHECK(slot < slots_);
    return pool_.data() + slot * traits_.block_bytes;
  }

  std::unique_ptr<cpu::parallel> workers_;
  std::shared_ptr<const decoder_weights> weights_;
  ops::kv_layout layout_;
  decoder_forward forward_;
  sampler sampler_;
  executor_traits traits_;
  weight_buffer pool_;
  std::uint32_t slots_ = 0;
};

result<native_model> load(const std::string& directory, const native_options& options) {
  auto workers = std::make_unique<cpu::parallel>(options.threads);
  auto loaded = load_native_weights(directory, options, *workers);
  if (!loaded) {
    return loaded.err();
  }
  const auto& spec = loaded->weights->spec;
  const auto& ops = cpu::select_ops(options.path);
  loaded->how.order = ops.order;
  auto execution = std::make_unique<native_executor>(std::move(workers), loaded->weights,
                                                     cache_layout(spec, block_tokens), ops,
                                                     content_of(loaded->digest, loaded->how));
  if (!execution->is_sound()) {
    return model_error(loaded->main_file, "",
                       "its arithmetic overflows: the logits of the first token are not finite",
                       fetch_again);
  }
  return native_model{std::move(execution),          spec,
                      std::move(loaded->generation), loaded->digest,
                      std::move(loaded->report),     std::move(loaded->writing)};
}

} // namespace

result<native_model> load_native(const std::string& directory, const native_options& options) {
  if (options.threads < 1 || options.threads > threads_max) {
    return error{
        .code = errc::invalid_value, .text = "threads must be 1 to 256", .field = "threads"};
  }
  if (!cpu::has_path(options.path)) {
    return error{.code = errc::unsupported,
                 .text = "this processor lacks instructions of that path; use the portable path",
                 .field = "path"};
  }
  try {
    return load(directory, options);
  } catch (const std::bad_alloc&) {
    return no_memory_for(directory);
  }
}

} // namespace troupe::engine
