// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sim/sim_hardware.hpp"

#include "messages/vocab/block_naming.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace troupe::engine {

namespace {

struct model_row {
  std::string_view name;
  double parameters;
  double layers;
  double width;
  double weight_bytes;
  double kv_bytes_per_token;
};

struct gpu_row {
  std::string_view name;
  double bytes_per_s;
  double flop_per_s_fp8;
  double memory_bytes;
};

// The measured engines kept KV in bf16 beside fp8 weights.
constexpr std::array models{
    model_row{"llama-70b-fp8", 69.5e9, 80, 8192, 1, 327'680},
    model_row{"llama-70b-bf16", 69.5e9, 80, 8192, 2, 327'680},
    model_row{"llama-8b-fp8", 7.5e9, 32, 4096, 1, 131'072},
    model_row{"llama-8b-bf16", 7.5e9, 32, 4096, 2, 131'072},
};

constexpr std::array gpus{
    gpu_row{"h100", 3.35e12, 1979e12, 80e9},
    gpu_row{"h200", 4.8e12, 1979e12, 141e9},
};

constexpr double attention_flop_per_s = 989e12 * 0.665;
constexpr double step_overhead_s = 2.66e-3;

error unknown(std::string_view name) {
  std::string text = "no simulated engine is called '" + std::string{name}
                     + "'; known are sim:fast, sim:tiny and sim:MODEL@GPUxN with MODEL one of";
  for (const auto& model : models) {
    text.append(" ").append(model.name);
  }
  text += ", GPU one of";
  for (const auto& gpu : gpus) {
    text.append(" ").append(gpu.name);
  }
  text += ", N 1, 2, 4 or 8";
  return {errc::invalid_value, std::move(text), "engine"};
}

} // namespace

duration sim_hardware::step_cost(const step_plan& plan) const {
  double tokens = 0;
  double decode_context = 0;
  double attention = 0;
  for (const auto& row : plan.rows) {
    const auto count = static_cast<double>(row.tokens.size());
    const double before = row.first_position;
    tokens += count;
    if (row.tokens.size() == 1) {
      decode_context += before + 1;
    } else {
      attention += count * (before + count / 2);
    }
  }
  double seconds = fixed_s + per_token_s * tokens;
  if (parameters > 0) {
    const auto memory = parameters * weight_bytes / (devices * bytes_per_s * 0.818);
    const auto compute = 2 * parameters * tokens / (devices * flop_per_s * 0.462);
    seconds += std::pow(std::pow(memory, 4) + std::pow(compute, 4), 0.25);
    seconds += kv_bytes_per_token * decode_context / (devices * bytes_per_s * 0.771);
    seconds += 4 * layers * width * attention / (devices * attention_flop_per_s);
    if (devices > 1) {
      seconds += 2 * layers
                 * (10e-6 * (0.5 + 0.5 * std::log2(devices))
                    + tokens * width * 2 * 2 * (devices - 1) / devices / 375e9);
    }
  }
  return duration{static_cast<std::int64_t>(seconds * 1e9)};
}

std::uint32_t sim_hardware::pool_blocks() const {
  if (kv_bytes_per_token <= 0) {
    return 0;
  }
  const auto left = devices * memory_bytes * 0.9 - parameters * weight_bytes;
  return static_cast<std::uint32_t>(std::max(0.0, left / kv_bytes_per_token / block_tokens));
}

result<sim_hardware> parse_sim_hardware(std::string_view name) {
  constexpr std::string_view scheme = "sim:";
  if (!name.starts_with(scheme)) {
    return unknown(name);
  }
  const auto rest = name.substr(scheme.size());
  if (rest == "fast") {
    return sim_hardware{.fixed_s = 100e-6};
  }
  if (rest == "tiny") {
    return sim_hardware{.fixed_s = 1e-3, .per_token_s = 20e-6};
  }
  const auto at = rest.find('@');
  const auto times = rest.rfind('x');
  if (at == std::string_view::npos || times == std::string_view::npos || times < at) {
    return unknown(name);
  }
  const auto model = std::ranges::find(models, rest.substr(0, at), &model_row::name);
  const auto gpu = std::ranges::find(gpus, rest.substr(at + 1, times - at - 1), &gpu_row::name);
  const auto count = rest.substr(times + 1);
  const auto is_count = count == "1" || count == "2" || count == "4" || count == "8";
  if (model == models.end() || gpu == gpus.end() || !is_count) {
    return unknown(name);
  }
  sim_hardware found{.fixed_s = step_overhead_s,
                     .parameters = model->parameters,
                     .layers = model->layers,
                     .width = model->width,
                     .weight_bytes = model->weight_bytes,
                     .kv_bytes_per_token = model->kv_bytes_per_token,
                     .bytes_per_s = gpu->bytes_per_s,
                     .flop_per_s = gpu->flop_per_s_fp8 / model->weight_bytes,
                     .memory_bytes = gpu->memory_bytes,
                     .devices = static_cast<double>(count.front() - '0')};
  if (found.pool_blocks() == 0) {
    return error{errc::invalid_value,
                 "the weights of '" + std::string{name} + "' leave no memory for blocks; use more"
                     + " or larger GPUs",
                 "engine"};
  }
  return found;
}

} // namespace troupe::engine
