// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::engine {

/// How long a simulated engine's step takes: a roofline of weights read and multiplied, KV read,
/// attention of prefill, and the all-reduces of tensor parallelism.
/// Source: fitted to measured vLLM steps of Llama-3.1-70B FP8 on H100 and H200, TP 1-8; mean log
///         error of TPOT 4.9 %, of TTFT 9.8 %.
/// Checked: test/unit/engine/sim_hardware_test.cpp
struct sim_hardware {
  double fixed_s = 0;     ///< Per step.
  double per_token_s = 0; ///< Per token computed, of the engines that are not a roofline.

  double parameters = 0; ///< 0: fixed_s and per_token_s alone.
  double layers = 0;
  double width = 0;              ///< Of the hidden state.
  double weight_bytes = 0;       ///< Per parameter.
  double kv_bytes_per_token = 0; ///< Of all layers.
  double bytes_per_s = 0;        ///< Of one device's memory.
  double flop_per_s = 0;         ///< Of one device, at the weights' precision.
  double memory_bytes = 0;       ///< Of one device.
  double devices = 1;            ///< Tensor parallel.

  [[nodiscard]] duration step_cost(const step_plan& plan) const;

  /// Blocks that fit beside the weights in nine tenths of the memory; 0 where unknown.
  [[nodiscard]] std::uint32_t pool_blocks() const;
};

/// "sim:fast", "sim:tiny" or "sim:MODEL@GPUxN" as "sim:llama-70b-fp8@h200x4".
/// Errors: invalid_value, naming the engines that are known.
[[nodiscard]] result<sim_hardware> parse_sim_hardware(std::string_view name);

} // namespace troupe::engine
