// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/device_execution.hpp"

#include "apps/troupe/part_sender.hpp"
#include "cuda/rank_parts.hpp"
#include "engine/core/executor_around.hpp"
#include "engine/core/ops/packed_matrix.hpp"
#include "engine/model/decoder_forward.hpp"
#include "engine/model/rope_table.hpp"
#include "engine/model/weight_packing.hpp"
#include "messages/vocab/block_naming.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace troupe {
namespace {

using cuda::part;
using engine::decoder_layer;
using engine::decoder_weights;
using engine::model_spec;

/// Of what is sent.
std::uint64_t matrix_bytes(const engine::owned_matrix& what) {
  const auto& view = what.view;
  return is_in_codes(view) ? engine::ops::packed_bytes(view.type, view.outputs, view.inputs)
                           : bf16_bytes(view);
}

/// Whether the head needs no memory of its own beside the embedding.
bool has_tied_head(const decoder_weights& weights) {
  return weights.is_head_embedding && !is_in_codes(weights.head.view);
}

/// What `of` takes out of each.
template <class T, class F>
std::vector<engine::ops::packed_matrix> views_of(const std::vector<T>& all, F of) {
  std::vector<engine::ops::packed_matrix> views;
  for (const auto& one : all) {
    views.push_back(std::invoke(of, one).view);
  }
  return views;
}

std::vector<std::span<const float>> biases_of(const std::vector<engine::mlp_weights>& all,
                                              std::vector<float> engine::mlp_weights::* which) {
  std::vector<std::span<const float>> views;
  for (const auto& one : all) {
    views.emplace_back(one.*which);
  }
  return views;
}

/// Of all matrices; numbers are next to nothing.
std::uint64_t bytes_of(const decoder_weights& weights) {
  auto all = bf16_bytes(weights.head.view) // The embedding is of its size, if not in blocks.
             + (has_tied_head(weights) ? 0 : matrix_bytes(weights.head));
  for (const auto& layer : weights.layers) {
    for (const auto* one :
         {&layer.qkv, &layer.values, &layer.latent.query_down, &layer.latent.query_up,
          &layer.latent.key_down, &layer.attention_out, &layer.mlp.gate_up, &layer.mlp.down,
          &layer.experts.router, &layer.experts.shared.gate_up, &layer.experts.shared.down}) {
      all += matrix_bytes(*one);
    }
    for (const auto* heads : {&layer.latent.into_latent, &layer.latent.value_up}) {
      for (const auto& one : *heads) {
        all += matrix_bytes(one);
      }
    }
    for (const auto& one : layer.experts.each) {
      all += matrix_bytes(one.gate_up) + matrix_bytes(one.down);
    }
  }
  return all;
}

/// No more than the pool of all ranks holds, of which several may have the same kv head.
std::uint32_t context_of(const model_spec& spec, const device_options& options) {
  const std::uint64_t kept = spec.latent.kv_rank > 0 ? 1 : 2; // A latent key is its value.
  const auto copies = std::max(1, options.ranks / spec.kv_heads);
  const auto element = options.keeps_fp8 ? sizeof(std::uint8_t) : sizeof(std::uint16_t);
  const auto token_bytes = kept * element * static_cast<std::uint64_t>(spec.layers)
                           * static_cast<std::uint64_t>(spec.kv_cols())
                           * static_cast<std::uint64_t>(copies);
  const auto tokens = std::max<std::uint64_t>(block_tokens, options.host.pool_bytes / token_bytes);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(spec.context_tokens_max, tokens));
}

cuda::mlp_kind mlp_of(const model_spec& spec) {
  if (!spec.is_gated) {
    return cuda::mlp_kind::gelu;
  }
  if (spec.act == engine::activation::swiglu_oai) {
    return cuda::mlp_kind::swiglu_oai;
  }
  return spec.act == engine::activation::gelu_tanh ? cuda::mlp_kind::gelu_mul
                                                   : cuda::mlp_kind::silu_mul;
}

cuda::expert_facts experts_of(const engine::expert_spec& spec, const device_options& options) {
  return {.count = spec.count,
          .chosen = spec.chosen,
          .feed_forward = spec.feed_forward,
          .shared_feed_forward = spec.shared_feed_forward,
          .score = static_cast<std::int32_t>(spec.score),
          .is_normalized = spec.is_normalized ? 1 : 0,
          .weighs_input = spec.weighs_input ? 1 : 0,
          .scale = spec.scale,
          .groups = spec.groups,
          .groups_chosen = spec.groups_chosen,
          .has_bias = spec.has_bias ? 1 : 0,
          .are_shared_out = options.shares_out_experts ? 1 : 0};
}

cuda::latent_facts latent_of(const engine::latent_spec& spec) {
  return {.kv_rank = spec.kv_rank,
          .query_rank = spec.query_rank,
          .plain_dim = spec.plain_dim,
          .rope_dim = spec.rope_dim,
          .value_dim = spec.value_dim,
          .norm_eps = engine::latent_spec::norm_eps};
}

cuda::model_facts facts_of(const decoder_weights& weights, const engine::kv_pages& pages,
                           content_id content, const device_options& options) {
  const auto& spec = weights.spec;
  return {.layers = spec.layers,
          .hidden = spec.hidden,
          .heads = spec.heads,
          .kv_heads = spec.kv_heads,
          .head_dim = spec.head_dim,
          .feed_forward = spec.feed_forward,
          .vocab = spec.vocab,
          .rotary_dim = spec.rotary_dim,
          .has_adjacent_pairs = spec.has_adjacent_pairs ? 1 : 0,
          .has_tied_head = has_tied_head(weights) ? 1 : 0,
          .mlp = mlp_of(spec),
          .has_layer_norms = spec.has_layer_norms ? 1 : 0,
          .eps = spec.norm_eps,
          .embed_scale = engine::embed_scale_of(weights),
          .attention_scale = engine::score_scale_of(spec),
          .attention_softcap = spec.attention_softcap,
          .logit_softcap = spec.logit_softcap,
          .temperature_scale = spec.temperature.scale,
          .temperature_floor = spec.temperature.floor,
          .experts = experts_of(spec.experts, options),
          .latent = latent_of(spec.latent),
          .block_size = block_tokens,
          .full_pages = pages.groups.full_pages,
          .window_pages = pages.groups.window_pages,
          .window_tokens = pages.groups.window_tokens,
          .page_layers = pages.layout.layers,
          .keeps_fp8 = options.keeps_fp8 ? 1 : 0,
          .context_tokens_max = context_of(spec, options),
          .step_rows_max = static_cast<std::int32_t>(options.host.step_tokens_max),
          .step_sequences_max = static_cast<std::int32_t>(
              std::min(options.host.sequences_max, options.host.step_tokens_max)),
          .content = {content.value.high, content.value.low},
          .ranks = options.ranks};
}

std::vector<cuda::layer_facts> layers_of(const decoder_weights& weights,
                                         const engine::kv_pages& pages) {
  const auto& spec = weights.spec;
  std::vector<cuda::layer_facts> all;
  for (const auto& one : spec.each_layer) {
    const auto& where = pages.of_layer[all.size()];
    const auto& layer = weights.layers[all.size()];
    all.push_back({.window = one.window,
                   .chunk = one.chunk,
                   .rope = !one.has_rope  ? cuda::turns::none
                           : one.is_local ? cuda::turns::local
                                          : cuda::turns::common,
                   .is_parallel = one.is_parallel ? 1 : 0,
                   .has_l2_norm = one.has_l2_norm ? 1 : 0,
                   .has_temperature = one.has_temperature ? 1 : 0,
                   .has_experts = one.has_experts ? 1 : 0,
                   .has_values = layer.values.view.outputs > 0 ? 1 : 0,
                   .page = where.page,
                   .page_layer = where.layer});
  }
  return all;
}

void send_turns(part_sender& to, const engine::rope_spec& rope, std::int32_t rotary_dim,
                std::uint32_t positions, part cos, part sin) {
  engine::rope_table table{rope, rotary_dim};
  table.cover(positions);
  const auto count = std::size_t{positions} * static_cast<std::size_t>(rotary_dim / 2);
  to.numbers(cos, 0, {table.cos(), count});
  to.numbers(sin, 0, {table.sin(), count});
}

/// Blocks that the device reads go as they are.
void send_table(part_sender& to, const decoder_weights& weights) {
  const auto& spec = weights.spec;
  const auto type = weights.embedding_type;
  const auto hidden = static_cast<std::size_t>(spec.hidden);
  const auto bytes = engine::ops::row_bytes(type, hidden);
  const auto* rows = weights.embedding.data();
  if (type == engine::ops::dtype::q8_0 || type == engine::ops::dtype::q4_0) {
    to.table(part::embedding, type, {rows, static_cast<std::size_t>(spec.vocab) * bytes});
    return;
  }
  to.table(part::embedding, spec.vocab, spec.hidden, [&](std::int32_t panel, std::span<float> all) {
    auto row = static_cast<std::size_t>(panel) * engine::ops::panel_width;
    for (std::size_t n = 0; n < all.size() / hidden; ++n, ++row) {
      engine::widen_row(type, rows + row * bytes, all.subspan(n * hidden, hidden));
    }
  });
}

void send_layer(part_sender& to, std::int32_t at, const decoder_layer& layer) {
  to.numbers(part::input_norm, at, layer.input_norm.weight);
  to.numbers(part::input_norm_bias, at, layer.input_norm.bias);
  to.matrix(part::qkv, at, layer.qkv.view);
  to.matrix(part::values, at, layer.values.view);
  to.numbers(part::qkv_bias, at, layer.qkv_bias);
  const auto& latent = layer.latent;
  to.matrix(part::query_down, at, latent.query_down.view);
  to.numbers(part::query_norm, at, latent.query_norm);
  to.matrix(part::query_up, at, latent.query_up.view);
  to.matrix(part::key_down, at, latent.key_down.view);
  to.numbers(part::key_norm, at, latent.key_norm);
  to.matrices(part::into_latent, at, views_of(latent.into_latent, std::identity{}));
  to.matrices(part::value_up, at, views_of(latent.value_up, std::identity{}));
  to.numbers(part::q_norm, at, layer.q_norm);
  to.numbers(part::k_norm, at, layer.k_norm);
  to.numbers(part::sinks, at, layer.sinks);
  to.matrix(part::attention_out, at, layer.attention_out.view);
  to.numbers(part::attention_out_bias, at, layer.attention_out_bias);
  to.numbers(part::attention_out_norm, at, layer.attention_out_norm.weight);
  to.numbers(part::post_norm, at, layer.post_norm.weight);
  to.numbers(part::post_norm_bias, at, layer.post_norm.bias);
  to.matrix(part::gate_up, at, layer.mlp.gate_up.view);
  to.matrix(part::down, at, layer.mlp.down.view);
  to.numbers(part::down_norm, at, layer.down_norm.weight);
  const auto& experts = layer.experts;
  to.matrix(part::router, at, experts.router.view);
  to.numbers(part::router_bias, at, experts.router_bias);
  to.numbers(part::choice_bias, at, experts.choice_bias);
  to.matrices(part::expert_gate_up, at, views_of(experts.each, &engine::mlp_weights::gate_up));
  to.matrices(part::expert_down, at, views_of(experts.each, &engine::mlp_weights::down));
  to.numbers(part::expert_gate_up_bias, at,
             biases_of(experts.each, &engine::mlp_weights::gate_up_bias));
  to.numbers(part::expert_down_bias, at, biases_of(experts.each, &engine::mlp_weights::down_bias));
  to.matrix(part::shared_gate_up, at, experts.shared.gate_up.view);
  to.matrix(part::shared_down, at, experts.shared.down.view);
  to.matrix(part::shared_gate, at, experts.shared_gate.view);
}

/// Destroyed after what it is a base beside, whose code is in the library.
struct kept_library {
  std::shared_ptr<const cuda_library> library;
};

class device_execution final : kept_library, public engine::executor_around {
public:
  device_execution(cuda_library opened, std::unique_ptr<engine::executor> inner)
      : kept_library{std::make_shared<const cuda_library>(std::move(opened))},
        executor_around(std::move(inner)) {}

  [[nodiscard]] std::shared_ptr<std::pmr::memory_resource> staging_memory() override {
    struct kept_memory : kept_library {
      std::shared_ptr<std::pmr::memory_resource> memory;
    };
    auto made = std::make_shared<kept_memory>();
    made->library = library;
    made->memory = executor_around::staging_memory();
    auto* const memory = made->memory.get();
    return {std::move(made), memory};
  }
};

} // namespace

std::optional<error> device_refusal(const model_spec& spec) {
  const auto refused = [](const std::string& what) {
    return error{.code = errc::unsupported,
                 .text = what + " cannot be computed on a device yet; use --device cpu",
                 .field = "engine.device"};
  };
  const auto any = [&spec](bool engine::layer_spec::* what) {
    return std::ranges::any_of(spec.each_layer, what);
  };
  using layer = engine::layer_spec;
  if (spec.is_gated && spec.act == engine::activation::gelu) {
    return refused("this activation");
  }
  if (any(&layer::has_experts) && spec.experts.weighs_input && spec.experts.chosen > 1) {
    return refused("several experts a row that weigh what they read");
  }
  return std::nullopt;
}

namespace {

void send_all(part_sender& to, const decoder_weights& weights, const cuda::model_facts& facts,
              std::span<const cuda::layer_facts> layers) {
  const auto& spec = weights.spec;
  send_table(to, weights);
  if (facts.has_tied_head == 0) {
    to.matrix(part::head, 0, weights.head.view);
  }
  to.numbers(part::final_norm, 0, weights.final_norm.weight);
  to.numbers(part::final_norm_bias, 0, weights.final_norm.bias);
  const auto has = [&](cuda::turns which) {
    return std::ranges::any_of(layers, [&](const auto& one) { return one.rope == which; });
  };
  if (has(cuda::turns::common)) {
    send_turns(to, spec.rope, spec.rotary_dim, facts.context_tokens_max, part::cos, part::sin);
  }
  if (has(cuda::turns::local)) {
    send_turns(to, spec.local_rope, spec.rotary_dim, facts.context_tokens_max, part::local_cos,
               part::local_sin);
  }
  for (std::int32_t i = 0; i < spec.layers; ++i) {
    send_layer(to, i, weights.layers[static_cast<std::size_t>(i)]);
  }
}

} // namespace

result<std::unique_ptr<engine::executor>> execute_on_device(
    cuda_library library, const decoder_weights& weights, content_id content,
    const device_options& options, engine::cpu::parallel& workers,
    const engine::progress_callback& on_progress) {
  if (auto why = device_refusal(weights.spec)) {
    return *std::move(why);
  }
  const auto pages = engine::pages_of(weights.spec, block_tokens);
  if (options.shares_out_experts && weights.spec.experts.count == 0) {
    return error{.code = errc::invalid_value,
                 .text = "--expert-parallel is of models with experts, this one has none; leave it "
                         "out",
                 .field = "engine.expert_parallel"};
  }
  const auto facts = facts_of(weights, pages, content, options);
  if (const auto why = cuda::why_not_cut(facts); !why.empty()) {
    return error{.code = errc::invalid_value,
                 .text = "--tensor-parallel " + why,
                 .field = "engine.tensor_parallel"};
  }
  const auto layers = layers_of(weights, pages);
  auto load = library.begin(facts, layers);
  if (!load) {
    return load.err();
  }
  part_sender to{*load, facts, layers, workers, on_progress, bytes_of(weights)};
  for (std::int32_t rank = 0; rank < facts.ranks; ++rank) {
    to.begin_rank(rank);
    send_all(to, weights, facts, layers);
  }
  if (!to.outcome()) {
    return to.outcome().err();
  }
  auto inner = load->finish();
  if (!inner) {
    return inner.err();
  }
  return std::unique_ptr<engine::executor>{
      std::make_unique<device_execution>(std::move(library), *std::move(inner))};
}

} // namespace troupe
