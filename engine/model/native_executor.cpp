// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/native_executor.hpp"

#include "engine/core/cpu/parallel.hpp"
#include "engine/core/logprobs.hpp"
#include "engine/core/sampler.hpp"
#include "engine/model/checkpoint.hpp"
#include "engine/model/config.hpp"
#include "engine/model/decoder_forward.hpp"
#include "engine/model/digest.hpp"
#include "engine/model/gguf_config.hpp"
#include "engine/model/model_error.hpp"
#include "messages/vocab/block_naming.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
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
               .context_tokens_max = weights_->spec.context_tokens_max};
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

bool is_blocked(const owned_matrix& w) {
  return ops::is_blocked(w.view.type);
}

bool is_blocked(const mlp_weights& w) {
  return is_blocked(w.gate_up) || is_blocked(w.down);
}

bool is_blocked(const latent_weights& w) {
  const auto is_one = [](const owned_matrix& head) {
    return is_blocked(head);
  };
  return is_blocked(w.query_down) || is_blocked(w.query_up) || is_blocked(w.key_down)
         || std::ranges::any_of(w.into_latent, is_one) || std::ranges::any_of(w.value_up, is_one);
}

bool has_blocks(const decoder_layer& w) {
  const auto is_one = [](const mlp_weights& expert) {
    return is_blocked(expert);
  };
  return is_blocked(w.qkv) || is_blocked(w.attention_out) || is_blocked(w.mlp)
         || is_blocked(w.latent) || is_blocked(w.experts.shared)
         || std::ranges::any_of(w.experts.each, is_one);
}

arithmetic arithmetic_of(const decoder_weights& weights, weight_type asked) {
  if (!is_blocked(weights.head) && !std::ranges::any_of(weights.layers, has_blocks)) {
    return arithmetic::exact;
  }
  return asked == weight_type::q8_0   ? arithmetic::to_q8_0
         : asked == weight_type::q4_0 ? arithmetic::to_q4_0
                                      : arithmetic::blocks;
}

struct model_files {
  model_spec spec;
  generation_defaults generation;
};

result<model_files> read_gguf_configs(const std::string& path) {
  const auto file = gguf_file::open(path);
  if (!file) {
    return file.err();
  }
  const auto config = config_of_gguf(*file);
  if (!config) {
    return config.err();
  }
  const auto spec = read_config(*config, path);
  if (!spec) {
    return spec.err();
  }
  auto defaults = read_generation(*config, generation_of_gguf(*file),
                                  static_cast<std::uint32_t>(spec->vocab), path);
  if (!defaults) {
    return defaults.err();
  }
  return model_files{*spec, *std::move(defaults)};
}

result<model_files> read_configs(const std::string& directory) {
  if (is_gguf_path(directory)) {
    return read_gguf_configs(directory);
  }
  const auto config_path = directory + "/config.json";
  const auto config = read_json_file(config_path);
  if (!config) {
    return config.err();
  }
  const auto spec = read_config(*config, config_path);
  if (!spec) {
    return spec.err();
  }
  json::value generation;
  const auto generation_path = directory + "/generation_config.json";
  std::error_code ignored;
  if (std::filesystem::exists(generation_path, ignored)) {
    auto read = read_json_file(generation_path);
    if (!read) {
      return read.err();
    }
    generation = *std::move(read);
  }
  auto defaults =
      read_generation(*config, generation, static_cast<std::uint32_t>((*spec).vocab), directory);
  if (!defaults) {
    return defaults.err();
  }
  return model_files{*spec, *std::move(defaults)};
}

std::uint64_t bytes_of(const std::vector<checkpoint::part>& parts) {
  std::uint64_t all = 0;
  for (const auto& part : parts) {
    all += part.bytes.size();
  }
  return all;
}

/// Files that are written to while they are packed are no longer what was hashed.
bool are_unchanged(const std::vector<checkpoint::part>& parts) {
  return std::ranges::all_of(parts,
                             [](const auto& part) { return identify(part.path) == part.identity; });
}

/// Weights, and what of them a packed copy could be written from.
struct loaded_weights {
  decoder_weights weights;
  std::string packed_copy;
  std::shared_ptr<packed_notes> notes;
};

/// The weights in place in a packed copy, or packed.
result<loaded_weights> load_weights(const checkpoint& files, const model_spec& spec,
                                    const native_options& options, hash128 key, packed_cache& cache,
                                    cpu::parallel& workers) {
  if (const auto copy = cache.find(key, workers, options.on_progress)) {
    auto weights = load_decoder(files, spec, options.weights, workers, {.from = &*copy});
    if (weights) {
      return loaded_weights{*std::move(weights), copy->path(), nullptr};
    }
    cache.refuse(weights.err());
  }
  const auto notes = cache.is_on() ? std::make_shared<packed_notes>() : nullptr;
  load_progress progress{.stage = load_stage::pack, .total_bytes = bytes_of(files.parts())};
  const auto report = [&](std::uint64_t bytes) {
    progress.done_bytes = std::min(progress.done_bytes + bytes, progress.total_bytes);
    if (options.on_progress) {
      options.on_progress(progress);
    }
  };
  auto weights = load_decoder(files, spec, options.weights, workers,
                              {.notes = notes.get(), .on_bytes = report});
  if (!weights) {
    return weights.err();
  }
  return loaded_weights{*std::move(weights), "", notes};
}

result<native_model> load(const std::string& directory, const native_options& options) {
  auto configs = read_configs(directory);
  if (!configs) {
    return configs.err();
  }
  const auto& spec = (*configs).spec;
  const auto files = checkpoint::open(directory);
  if (!files) {
    return files.err();
  }
  auto workers = std::make_unique<cpu::parallel>(options.threads);
  const auto parts = files->parts();
  load_report report{.model_bytes = bytes_of(parts)};
  packed_cache cache{options.packed, report.model_bytes};
  const auto digest =
      digest_model(directory, *files, cache.hash_parts(parts, *workers, options.on_progress));
  if (!digest) {
    return digest.err();
  }
  const auto key = packed_key(*digest, static_cast<std::uint64_t>(options.weights));
  auto loaded = load_weights(*files, spec, options, key, cache, *workers);
  if (!loaded) {
    return loaded.err();
  }
  report.packed_copy = std::move(loaded->packed_copy);
  report.refused_copies = cache.refusals();
  const auto layout = cache_layout(spec, block_tokens);
  const auto content = content_of(*digest, arithmetic_of(loaded->weights, options.weights));
  const auto weights = std::make_shared<const decoder_weights>(std::move(loaded->weights));
  auto execution = std::make_unique<native_executor>(std::move(workers), weights, layout,
                                                     cpu::select_ops(options.path), content);
  if (!execution->is_sound()) {
    return model_error((*files).main_file(), "",
                       "its arithmetic overflows: the logits of the first token are not finite",
                       fetch_again);
  }
  std::unique_ptr<packed_writing> writing;
  if (const auto target =
          loaded->notes != nullptr && are_unchanged(parts) ? cache.target(key) : std::nullopt) {
    writing = std::make_unique<packed_writing>(*target, loaded->notes, weights, options.on_written);
  }
  return native_model{
      std::move(execution), spec, std::move((*configs).generation), *digest, std::move(report),
      std::move(writing)};
}

} // namespace

result<native_model> load_native(const std::string& directory, const native_options& options) {
  if (options.threads < 1 || options.threads > threads_max) {
    return error{
        .code = errc::invalid_value, .text = "threads must be 1 to 256", .field = "threads"};
  }
  if ((options.path == cpu::cpu_path::avx2 && !cpu::has_avx2())
      || (options.path == cpu::cpu_path::avx512 && !cpu::has_avx512())) {
    return error{.code = errc::unsupported,
                 .text = "this processor lacks instructions of that path; use the portable path",
                 .field = "path"};
  }
  try {
    return load(directory, options);
  } catch (const std::bad_alloc&) {
    return error{.code = errc::too_large,
                 .text = directory + ": not enough memory for its weights; use a smaller model",
                 .field = directory};
  }
}

} // namespace troupe::engine
