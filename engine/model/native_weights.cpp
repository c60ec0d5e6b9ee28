// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/native_weights.hpp"

#include "engine/model/checkpoint.hpp"
#include "engine/model/config.hpp"
#include "engine/model/gguf_config.hpp"

#include <algorithm>
#include <filesystem>
#include <new>
#include <utility>

namespace troupe::engine {
namespace {

/// Whether any matrix of the layer, but for the embedding's, is one that `is_one` says.
template <class Predicate>
bool any_of_layer(const decoder_layer& w, const Predicate& is_one) {
  const auto any_of_mlp = [&](const mlp_weights& mlp) {
    return is_one(mlp.gate_up) || is_one(mlp.down);
  };
  const auto& latent = w.latent;
  return is_one(w.qkv) || is_one(w.values) || is_one(w.attention_out) || any_of_mlp(w.mlp)
         || is_one(latent.query_down) || is_one(latent.query_up) || is_one(latent.key_down)
         || std::ranges::any_of(latent.into_latent, is_one)
         || std::ranges::any_of(latent.value_up, is_one) || any_of_mlp(w.experts.shared)
         || std::ranges::any_of(w.experts.each, any_of_mlp);
}

template <class Predicate>
bool any_of_model(const decoder_weights& weights, const Predicate& is_one) {
  return is_one(weights.head)
         || std::ranges::any_of(weights.layers, [&](const decoder_layer& layer) {
              return any_of_layer(layer, is_one);
            });
}

arithmetic arithmetic_of(const decoder_weights& weights, weight_type asked) {
  arithmetic how;
  how.has_pairs = any_of_model(weights, [](const owned_matrix& w) {
    return w.view.data != nullptr
           && (w.view.type == ops::dtype::bf16 || w.view.type == ops::dtype::fp8);
  });
  if (any_of_model(weights, [](const owned_matrix& w) { return ops::is_blocked(w.view.type); })) {
    how.blocks = asked == weight_type::q8_0   ? block_arithmetic::to_q8_0
                 : asked == weight_type::q4_0 ? block_arithmetic::to_q4_0
                                              : block_arithmetic::kept;
  }
  return how;
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

result<native_weights> load(const std::string& directory, const native_options& options,
                            cpu::parallel& workers) {
  auto configs = read_configs(directory);
  if (!configs) {
    return configs.err();
  }
  const auto files = checkpoint::open(directory);
  if (!files) {
    return files.err();
  }
  const auto parts = files->parts();
  native_weights all{.main_file = files->main_file(),
                     .generation = std::move(configs->generation),
                     .report = {.model_bytes = bytes_of(parts)}};
  packed_cache cache{options.packed, all.report.model_bytes};
  const auto digest =
      digest_model(directory, *files, cache.hash_parts(parts, workers, options.on_progress));
  if (!digest) {
    return digest.err();
  }
  all.digest = *digest;
  const auto key = packed_key(*digest, static_cast<std::uint64_t>(options.weights));
  auto loaded = load_weights(*files, configs->spec, options, key, cache, workers);
  if (!loaded) {
    return loaded.err();
  }
  all.report.packed_copy = std::move(loaded->packed_copy);
  all.report.refused_copies = cache.refusals();
  all.how = arithmetic_of(loaded->weights, options.weights);
  all.weights = std::make_shared<const decoder_weights>(std::move(loaded->weights));
  if (const auto target =
          loaded->notes != nullptr && are_unchanged(parts) ? cache.target(key) : std::nullopt) {
    all.writing =
        std::make_unique<packed_writing>(*target, loaded->notes, all.weights, options.on_written);
  }
  return all;
}

} // namespace

error no_memory_for(const std::string& directory) {
  return {.code = errc::too_large,
          .text = directory + ": not enough memory for its weights; use a smaller model",
          .field = directory};
}

result<native_weights> load_native_weights(const std::string& directory,
                                           const native_options& options, cpu::parallel& workers) {
  try {
    return load(directory, options, workers);
  } catch (const std::bad_alloc&) {
    return no_memory_for(directory);
  }
}

} // namespace troupe::engine
