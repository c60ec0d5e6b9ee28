// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"
#include "engine/model/model_spec.hpp"
#include "engine/model/native_weights.hpp"

#include <memory>
#include <string>

namespace troupe::engine {

/// A model directory, loaded to be run on this host's processors.
struct native_model {
  std::unique_ptr<executor> execution; ///< Keys and values are fp32.
  model_spec spec;
  generation_defaults generation;
  model_digest digest;
  load_report report;
  std::unique_ptr<packed_writing> writing; ///< Of a packed copy for the next load; may be null.
};

/// Reads config.json, generation_config.json and the safetensors of `directory`, or a file ending
/// in .gguf that is all of these (blocks widened to fp32 as they are packed), packs the weights and
/// computes one token, so that a model whose arithmetic overflows is refused here and not while it
/// serves. Where options.packed has a packed copy of these files its pages are the weights, the
/// same bits; where it has none one is written after the load.
///
/// Thread: any; the execution then belongs to the engine thread.
/// Errors: model_invalid (file in the text; tensor or field in `field`), io_failed, too_large (not
///         enough memory), invalid_value (options).
/// Cost:   the weights are read three times (hash, check, pack) and held once; a packed copy is
///         read once, and the files not at all unless they changed.
/// Checked: test/conformance/model/, test/unit/model/native_executor_test.cpp, gguf_model_test.cpp,
/// packed_loading_test.cpp
[[nodiscard]] result<native_model> load_native(const std::string& directory,
                                               const native_options& options = {});

} // namespace troupe::engine
