// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/cpu_ops.hpp"
#include "engine/core/cpu/parallel.hpp"
#include "engine/model/decoder_weights.hpp"
#include "engine/model/digest.hpp"
#include "engine/model/generation_config.hpp"
#include "engine/model/load_progress.hpp"
#include "engine/model/packed_cache.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe::engine {

struct native_options {
  std::uint32_t threads = 1; ///< 1..256, the engine's own thread included.
  cpu::cpu_path path = cpu::cpu_path::automatic;
  weight_type weights = weight_type::keep;
  packed_cache_options packed; ///< By default neither looked for nor written.
  progress_callback on_progress;
  std::function<void(const packed_writing::outcome&)> on_written; ///< In the writing's thread.
};

/// How a model was loaded.
struct load_report {
  std::uint64_t model_bytes = 0;           ///< Of its weight files.
  std::string packed_copy;                 ///< The file whose pages are the weights; empty: packed.
  std::vector<std::string> refused_copies; ///< Why those that were there were not taken.
};

/// The weights of a model and what else its files say of it, before anything executes them.
struct native_weights {
  std::shared_ptr<const decoder_weights> weights;
  std::string main_file; ///< For errors.
  arithmetic how;        ///< By which they are multiplied on this host's processors.
  generation_defaults generation;
  model_digest digest;
  load_report report;
  std::unique_ptr<packed_writing> writing; ///< Of a packed copy for the next load; may be null.
};

/// Reads config.json, generation_config.json and the safetensors of `directory`, or a file ending
/// in .gguf that is all of these, and packs the weights, or finds them in a packed copy.
/// Errors and cost: load_native's. Checked: as load_native.
[[nodiscard]] result<native_weights> load_native_weights(const std::string& directory,
                                                         const native_options& options,
                                                         cpu::parallel& workers);

/// too_large, of that model.
[[nodiscard]] error no_memory_for(const std::string& directory);

} // namespace troupe::engine
