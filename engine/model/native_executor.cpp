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
#include <numeric>
#include <optional>
#include <utility>

namespace troupe::engine {
namespace {

constexpr std::uint32_t threads_max = 256;

class native_executor final : public executor {
public:
  native_executor(std::unique_ptr<cpu::parallel> workers,
                  std::shared_ptr<const decoder_weights> weights, kv_pages pages,
                  const cpu::cpu_ops& ops, content_id content)
      : workers_(std::move(workers)),
        weights_(std::move(weights)),
        page_elements_(pages.layout.block_elements()),
        samplers_(workers_->threads()) {
    traits_ = {.block_bytes = pages.groups.pages() * page_elements_ * sizeof(float),
               .groups = pages.groups,
               .layout = layout_of(pages.layout, pages.groups),
               .content = content,
               .vocab_size = static_cast<std::uint32_t>(weights_->spec.vocab),
               .context_tokens_max = weights_->spec.context_tokens_max,
               .embedding_size = static_cast<std::uint32_t>(weights_->spec.hidden)};
    forward_.emplace(*weights_, std::move(pages), ops, *workers_);
  }

  [[nodiscard]] const executor_traits& traits() const override { return traits_; }

  void allocate_pool(std::uint32_t slots) override {
    pool_ = weight_buffer{slots * traits_.page_bytes()};
    slots_ = slots;
  }

  void execute(const step_plan& plan, step_output& out) override {
    for (const auto& row : plan.rows) {
      TROUPE_CHECK(has_slots(row, traits_.groups, slots_));
    }
    out.tokens.clear();
    out.logprobs.clear();
    out.scores.clear();
    for (const auto& row : plan.rows) {
      out.scores.resize(out.scores.size() + row.score_to - row.score_from);
    }
    forward_->run(
        plan.rows, reinterpret_cast<float*>(pool_.data()),
        [&out](std::size_t no, const step_row& row, std::uint32_t at,
               std::span<const float> logits) { out.scores[no] = score_of(row, at, logits); });
    out.cost = duration{0};
    answer(plan, out);
    workers_->run(static_cast<std::uint32_t>(plan.reads.size()),
                  [&](std::uint32_t at, std::uint32_t) {
                    read_page(plan.reads[at].slot, plan.reads[at].to);
                  });
  }

  void read_page(slot_id slot, std::span<std::byte> data) override {
    TROUPE_CHECK(data.size() == traits_.page_bytes());
    std::memcpy(data.data(), at(slot), data.size());
  }

  void write_page(slot_id slot, std::span<const std::byte> data) override {
    TROUPE_CHECK(data.size() == traits_.page_bytes());
    std::memcpy(at(slot), data.data(), data.size());
  }

  /// One token in a pool of its own: true if all logits are finite.
  [[nodiscard]] bool is_sound() {
    std::vector<float> pool(page_elements_ * traits_.groups.pages());
    const std::array<token_id, 1> tokens{0};
    std::vector<slot_id> blocks(traits_.groups.pages());
    std::iota(blocks.begin(), blocks.end(), 0U);
    step_row row;
    row.tokens = tokens;
    row.blocks = blocks;
    row.wants_token = true;
    forward_->run({&row, 1}, pool.data());
    for (const float value : forward_->logits(0)) {
      if (!std::isfinite(value)) {
        return false;
      }
    }
    return true;
  }

private:
  /// Each row's token by whichever thread is free: it depends on the row alone.
  void answer(const step_plan& plan, step_output& out) {
    wanted_.clear();
    bool has_logprobs = false;
    for (const auto& row : plan.rows) {
      if (row.wants_token) {
        wanted_.push_back(&row);
        has_logprobs = has_logprobs || row.how.logprobs;
      }
    }
    out.tokens.resize(wanted_.size());
    out.logprobs.resize(has_logprobs ? wanted_.size() : 0);
    workers_->run(static_cast<std::uint32_t>(wanted_.size()),
                  [&](std::uint32_t at, std::uint32_t worker) {
                    samplers_[worker].answer_at(at, *wanted_[at], forward_->logits(at), out);
                  });
  }

  [[nodiscard]] std::byte* at(slot_id slot) {
    TROUPE_CHECK(slot < slots_);
    return pool_.data() + slot * traits_.page_bytes();
  }

  std::unique_ptr<cpu::parallel> workers_;
  std::shared_ptr<const decoder_weights> weights_;
  std::size_t page_elements_;
  std::optional<decoder_forward> forward_;
  std::vector<sampler> samplers_; ///< By worker.
  std::vector<const step_row*> wanted_;
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
                                                     pages_of(spec, block_tokens), ops,
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
