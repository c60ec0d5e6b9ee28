// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"
#include "engine/core/ops/dtype.hpp"
#include "engine/core/ops/packed_matrix.hpp"

#include <cstdint>

/// What libtroupe_cuda.so promises whoever loads it at run time. Plain structs and functions, so
/// that no exception crosses the border. The one C++ object that does is an engine::executor, which
/// is why the library must be of the program's own build.
///
/// Role:    included by the library and by apps/troupe, which loads it; nothing links it.
/// Thread:  any, unless a function says otherwise.
/// Errors:  values; nothing throws.
/// Checked: test/unit/app/cuda_library_test.cpp, test/gpu/model_loading_test.cpp
namespace troupe::cuda {

/// Grows with every change of this header; a library that answers another number is refused.
inline constexpr std::uint32_t abi = 8;

/// Sizes of what an execution is told and tells, and how packed weights lie, folded: one that
/// another build compiled differs where one of them does.
[[nodiscard]] constexpr std::uint64_t sizes_of_execution() {
  std::uint64_t all = abi * std::uint64_t{1'000'003} + engine::ops::packed_layout_version;
  for (const std::size_t one :
       {sizeof(engine::executor_traits), sizeof(engine::step_row), sizeof(engine::step_plan),
        sizeof(engine::step_output), sizeof(sampling), sizeof(token_logprobs)}) {
    all = all * 1'000'003 + one;
  }
  return all;
}

/// Devices that a report describes at most.
inline constexpr std::int32_t devices_max = 16;

/// The least compute capability that the kernels are written for, as 10 * major + minor.
inline constexpr std::int32_t capability_min = 80;

/// What keeps this machine from computing on a device.
enum class obstacle : std::int32_t {
  none = 0,
  no_driver = 1,      ///< There is no NVIDIA driver.
  driver_too_old = 2, ///< It is older than the CUDA that the library was built with.
  no_device = 3,      ///< A driver without a device.
  device_too_old = 4, ///< No device has capability_min.
  failed = 5,         ///< The driver answers with another error; `text` has it.
};

struct device_facts {
  char name[128];
  std::int32_t capability; ///< 10 * major + minor.
  std::int32_t processors; ///< Streaming multiprocessors.
  std::uint64_t memory_bytes;
};

struct device_report {
  obstacle what;
  std::int32_t error; ///< CUDA's number of it; 0 where none.
  std::int32_t
      driver_version; ///< The CUDA that the driver speaks, 1000 * major + 10 * minor; 0: none.
  std::int32_t runtime_version; ///< The CUDA that the library was built with.
  std::int32_t devices;         ///< Filled in below, at most devices_max.
  char text[256];               ///< CUDA's words for `error`, with a zero at the end.
  device_facts each[devices_max];
};

enum class mlp_kind : std::int32_t { silu_mul = 0, gelu_mul = 1, gelu = 2, swiglu_oai = 3 };

/// How rows find their experts, as engine/core/ops/route.hpp. All 0: no layer has any.
struct expert_facts {
  std::int32_t count;
  std::int32_t chosen;
  std::int32_t feed_forward;
  std::int32_t shared_feed_forward; ///< 0: there is no shared expert.
  std::int32_t score;               ///< engine::ops::route_score's.
  std::int32_t is_normalized;
  std::int32_t weighs_input; ///< Requires: chosen is 1.
  float scale;
  std::int32_t groups;
  std::int32_t groups_chosen;
  std::int32_t has_bias;       ///< Routers and experts have.
  std::int32_t are_shared_out; ///< Each stands whole on one of several devices; 0: cut by columns.
  std::int32_t first;          ///< Of what one of them has, as the next: its first expert, and
  std::int32_t held;           ///< how many.
};

/// As engine/model/model_spec.hpp's latent_spec. All 0: heads have keys and values of their own.
struct latent_facts {
  std::int32_t kv_rank;
  std::int32_t query_rank; ///< 0: queries are made of the hidden row itself.
  std::int32_t plain_dim;
  std::int32_t rope_dim;
  std::int32_t value_dim;
  float norm_eps;
};

/// A decoder in numbers, as cuda/decoder/decoder.hpp has them.
struct model_facts {
  std::int32_t layers;
  std::int32_t hidden;
  std::int32_t heads;
  std::int32_t kv_heads;
  std::int32_t head_dim;
  std::int32_t feed_forward;
  std::int32_t vocab;
  std::int32_t rotary_dim;
  std::int32_t has_adjacent_pairs;
  std::int32_t has_tied_head; ///< The embedding is the head; then no head comes.
  mlp_kind mlp;
  std::int32_t has_layer_norms; ///< 0: RMS norms.
  float eps;
  float embed_scale;
  float attention_scale;
  float attention_softcap; ///< 0: none.
  float logit_softcap;     ///< 0: none.
  float temperature_scale; ///< 0: none.
  float temperature_floor;
  expert_facts experts;
  latent_facts latent;
  std::int32_t block_size;
  std::uint32_t full_pages; ///< As engine::kv_groups has these three.
  std::uint32_t window_pages;
  std::uint32_t window_tokens;
  std::int32_t page_layers; ///< Layers of a page.
  std::int32_t keeps_fp8;   ///< Keys and values are e4m3; 0: bf16.
  std::uint32_t context_tokens_max;
  std::int32_t step_rows_max;
  std::int32_t step_sequences_max;
  std::uint64_t content[2]; ///< Of the model's content_id, high and low.
  std::int32_t ranks;       ///< Devices that share it, as cuda/rank_parts.hpp cuts it; 1: one.
  std::int32_t rank;        ///< Of what one of them has, as
  std::int32_t head_first;  ///< the first row of the head, and
  std::int32_t head_rows;   ///< how many.
};

enum class turns : std::int32_t { none = 0, common = 1, local = 2 };

struct layer_facts {
  std::int32_t window; ///< 0: none.
  std::int32_t chunk;  ///< 0: none.
  turns rope;
  std::int32_t is_parallel; ///< The MLP reads what attention reads.
  std::int32_t has_l2_norm;
  std::int32_t has_temperature;
  std::int32_t has_experts; ///< In place of gate_up and down.
  std::int32_t has_values;  ///< Rows of v are of another type than those of q and k.
  std::int32_t page;        ///< Where its keys and values lie.
  std::int32_t page_layer;
};

/// What a model consists of. Matrices are bf16, [outputs, inputs], or where takes_codes says so
/// codes in packed panels; everything else is fp32. Those before input_norm and final_norm_bias are
/// the model's, the others each layer's.
enum class part : std::int32_t {
  embedding = 0, ///< [vocab, hidden], as head; bf16, q8_0 or q4_0, as in a checkpoint.
  head = 1,
  final_norm = 2,
  cos = 3, ///< [context_tokens_max, rotary_dim / 2], as the next three.
  sin = 4,
  local_cos = 5,
  local_sin = 6,
  input_norm = 7,
  qkv = 8, ///< Rows of q, k, v one after the other; with has_values those of q and k.
  qkv_bias = 9,
  q_norm = 10,
  k_norm = 11,
  sinks = 12,
  attention_out = 13,
  attention_out_norm = 14,
  post_norm = 15,
  gate_up = 16, ///< Rows of gate, then of up.
  down = 17,
  down_norm = 18,
  input_norm_bias = 19, ///< Of layer norms, as the next but one.
  attention_out_bias = 20,
  post_norm_bias = 21,
  router = 22,         ///< [count, hidden]
  choice_bias = 23,    ///< [count]
  expert_gate_up = 24, ///< Of all experts, one after the other, as
  expert_down = 25,    ///< this.
  shared_gate_up = 26,
  shared_down = 27,
  shared_gate = 28,     ///< [1, hidden]
  final_norm_bias = 29, ///< The model's.
  router_bias = 30,     ///< [count], where experts have biases, as the next two.
  expert_gate_up_bias = 31,
  expert_down_bias = 32,
  query_down = 33, ///< [query_rank, hidden], as all that come after in place of qkv.
  query_norm = 34,
  query_up = 35, ///< [heads * (plain_dim + rope_dim), query_rank or hidden]
  key_down = 36, ///< [kv_rank + rope_dim, hidden]
  key_norm = 37,
  into_latent = 38, ///< [heads, kv_rank, plain_dim]
  value_up = 39,    ///< [heads, value_dim, kv_rank]
  values = 40,      ///< [kv_heads * head_dim, hidden], with has_values.
};
inline constexpr std::int32_t parts_count = 41;

/// Whether a part may be codes, packed as the CPU's ops read them. Of experts each is packed alone.
[[nodiscard]] constexpr bool takes_codes(part what) {
  switch (what) {
    case part::head:
    case part::qkv:
    case part::values:
    case part::attention_out:
    case part::gate_up:
    case part::down:
    case part::expert_gate_up:
    case part::expert_down:
    case part::shared_gate_up:
    case part::shared_down:
    case part::query_down:
    case part::query_up:
    case part::key_down:
      return true;
    default:
      return false;
  }
}

/// Why nothing came of a call.
struct failure {
  std::int32_t code; ///< errc's.
  char text[256];    ///< With a zero at the end.
};

/// A model on its way to a device.
struct model_load;

/// The names that the library exports with C linkage.
inline constexpr const char* abi_symbol = "troupe_cuda_abi";
inline constexpr const char* probe_symbol = "troupe_cuda_probe";
inline constexpr const char* sizes_symbol = "troupe_cuda_sizes";
inline constexpr const char* begin_symbol = "troupe_cuda_begin";
inline constexpr const char* put_symbol = "troupe_cuda_put";
inline constexpr const char* finish_symbol = "troupe_cuda_finish";
inline constexpr const char* drop_symbol = "troupe_cuda_drop";

/// The library's `abi`. This function never changes, whatever `abi` does.
using abi_fn = std::uint32_t (*)();

/// Looks for devices; `report` is written whole. Takes up to a second where a driver wakes up.
using probe_fn = void (*)(device_report* report);

/// The library's sizes_of_execution().
using sizes_fn = std::uint64_t (*)();

/// Begins a model of `facts.layers` layers, on the first `facts.ranks` devices. Null: why.
using begin_fn = model_load* (*)(const model_facts* facts, const layer_facts* each, failure* why);

/// A part as it comes: the layer is 0 of the model's own, the type bf16 where it is no matrix.
struct part_place {
  part what;
  std::int32_t layer;
  engine::ops::dtype type;
  std::int32_t rank = 0;
};

/// Copies `bytes` bytes of a part to where they stand in it, `offset` bytes behind its first.
/// Pieces of a part are of one type, come in order and make all of it; a part that is put twice is
/// an error. 0: why.
using put_fn = std::int32_t (*)(model_load* load, part_place where, std::uint64_t offset,
                                const void* data, std::uint64_t bytes, failure* why);

/// The execution, which keeps the weights; null, with why, where a part is missing. Who has it
/// deletes it, while the library is loaded. Either way the load is used up.
using finish_fn = engine::executor* (*)(model_load* load, failure* why);

/// Gives up a load that is not finished.
using drop_fn = void (*)(model_load* load);

} // namespace troupe::cuda
