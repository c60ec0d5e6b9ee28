// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/cuda_library.hpp"
#include "engine/core/cpu/parallel.hpp"
#include "engine/core/executor.hpp"
#include "engine/engine_host.hpp"
#include "engine/model/decoder_weights.hpp"
#include "engine/model/load_progress.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/base/result.hpp"

#include <memory>
#include <optional>

/// From weights as this host's processors want them to an execution on a device.
/// Checked: test/conformance/device/device_families_test.cpp,
/// test/integration/device/device_test.py
namespace troupe {

/// What of this model the device's decoder does not compute; none: it computes all. The code is
/// unsupported, the field engine.device.
[[nodiscard]] std::optional<error> device_refusal(const engine::model_spec& spec);

struct device_options {
  engine::host_options host;
  std::int32_t ranks = 1;          ///< Devices that share the model.
  bool shares_out_experts = false; ///< Each whole to one of them, instead of a part of each to all.
  bool keeps_fp8 = false;          ///< Keys and values; else bf16.
};

/// Sends the weights to the first devices, each rank's to its own, codes as they are packed here
/// and all others as bf16, and has the library execute them there. The execution keeps the library
/// loaded, and of `weights` nothing. Contexts are no longer than the pool of `options`. Errors:
/// device_refusal's, those of cuda_library::load; invalid_value, of engine.tensor_parallel
///         or engine.expert_parallel, where the model cannot be cut so.
/// Cost:   the weights are read once; 16 MiB in between, and two tables of turns of the context.
[[nodiscard]] result<std::unique_ptr<engine::executor>> execute_on_device(
    cuda_library library, const engine::decoder_weights& weights, content_id content,
    const device_options& options, engine::cpu::parallel& workers,
    const engine::progress_callback& on_progress = {});

} // namespace troupe
