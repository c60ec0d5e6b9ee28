// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/cpu_ops.hpp"
#include "engine/core/executor.hpp"
#include "engine/model/decoder_weights.hpp"
#include "engine/model/generation_config.hpp"
#include "engine/model/model_spec.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace troupe::engine {

struct native_options {
  std::uint32_t threads = 1; ///< 1..256, the engine's own thread included.
  cpu::cpu_path path = cpu::cpu_path::automatic;
  weight_type weights = weight_type::keep;
};

/// A model directory, loaded to be run on this host's processors.
struct native_model {
  std::unique_ptr<executor> execution; ///< traits().block_bytes are one block's fp32 K and V.
  model_spec spec;
  generation_defaults generation;
  model_digest digest;
};

/// Reads config.json, generation_config.json and the safetensors of `directory`, or a file ending
/// in .gguf that is all of these (blocks widened to fp32 as they are packed), packs the weights and
/// computes one token, so that a model whose arithmetic overflows is refused here and not while it
/// serves.
///
/// Thread: any; the execution then belongs to the engine thread.
/// Errors: model_invalid (file in the text; tensor or field in `field`), io_failed, too_large (not
///         enough memory), invalid_value (options).
/// Cost:   the weights are read three times (hash, check, pack) and held once.
/// Checked: test/conformance/model/, test/unit/model/native_executor_test.cpp, gguf_model_test.cpp
[[nodiscard]] result<native_model> load_native(const std::string& directory,
                                               const native_options& options = {});

} // namespace troupe::engine
