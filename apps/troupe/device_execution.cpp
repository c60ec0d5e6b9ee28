// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/device_execution.hpp"

#include "engine/core/executor_around.hpp"
#include "engine/core/ops/packed_matrix.hpp"
#include "engine/model/decoder_forward.hpp"
#include "engine/model/rope_table.hpp"
#include "engine/model/weight_packing.hpp"
#include "messages/vocab/block_naming.hpp"

#include <algorithm>
#include <cstdint>
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

constexpr std::size_t piece_bytes_max = std::size_t{16} << 20U;

/// Sends parts and keeps the first error, after which it does nothing.
class sender {
public:
  sender(cuda_library::load& to, engine::cpu::parallel& workers,
         const engine::progress_callback& on_progress, std::uint64_t total_bytes)
      : to_(to),
        workers_(workers),
        on_progress_(on_progress),
        progress_{.stage = engine::load_stage::send, .total_bytes = total_bytes} {}

  [[nodiscard]] const result<void>& outcome() const { return outcome_; }

  void numbers(part what, std::int32_t layer, std::span<const float> all) {
    if (!all.empty()) {
      put(what, layer, 0, std::as_bytes(all));
    }
  }

  void matrix(part what, std::int32_t layer, const engine::ops::packed_matrix& from) {
    rows(what, layer, from.outputs, from.inputs, [&](std::int32_t first, std::span<float> all) {
      engine::ops::unpack_panel(from, first / engine::ops::panel_width, all);
    });
  }

  void table(part what, const decoder_weights& weights) {
    const auto hidden = static_cast<std::size_t>(weights.spec.hidden);
    const auto bytes = engine::ops::row_bytes(weights.embedding_type, hidden);
    rows(what, 0, weights.spec.vocab, weights.spec.hidden,
         [&](std::int32_t first, std::span<float> all) {
           for (std::size_t n = 0; n < all.size() / hidden; ++n) {
             engine::widen_row(weights.embedding_type,
                               weights.embedding.data()
                                   + (static_cast<std::size_t>(first) + n) * bytes,
                               all.subspan(n * hidden, hidden));
           }
         });
  }

private:
  /// In pieces; `widen` makes the numbers of up to 16 rows from a multiple of 16 on.
  template <class Widen>
  void rows(part what, std::int32_t layer, std::int32_t outputs, std::int32_t inputs, Widen widen) {
    constexpr auto width = engine::ops::panel_width;
    const auto row_bytes = static_cast<std::size_t>(inputs) * sizeof(std::uint16_t);
    const auto panels_max =
        static_cast<std::int32_t>(std::max<std::size_t>(1, piece_bytes_max / (width * row_bytes)));
    std::vector<std::vector<float>> wide(workers_.threads());
    for (std::int32_t first = 0; first < outputs && outcome_; first += panels_max * width) {
      const auto here = std::min(panels_max * width, outputs - first);
      piece_.resize(static_cast<std::size_t>(here) * static_cast<std::size_t>(inputs));
      const auto panels = static_cast<std::uint32_t>((here + width - 1) / width);
      workers_.run(panels, [&](std::uint32_t panel, std::uint32_t worker) {
        const auto begin = static_cast<std::int32_t>(panel) * width;
        auto& all = wide[worker];
        all.resize(static_cast<std::size_t>(std::min(width, here - begin))
                   * static_cast<std::size_t>(inputs));
        widen(first + begin, std::span{all});
        std::ranges::transform(all, piece_.begin() + static_cast<std::ptrdiff_t>(begin) * inputs,
                               engine::ops::f32_to_bf16);
      });
      put(what, layer, static_cast<std::size_t>(first) * row_bytes,
          std::as_bytes(std::span{piece_}));
      progress_.done_bytes = std::min(progress_.done_bytes + piece_.size() * sizeof piece_.front(),
                                      progress_.total_bytes);
      if (on_progress_) {
        on_progress_(progress_);
      }
    }
  }

  void put(part what, std::int32_t layer, std::size_t offset, std::span<const std::byte> data) {
    if (outcome_) {
      outcome_ = to_.put(what, layer, offset, data);
    }
  }

  cuda_library::load& to_;
  engine::cpu::parallel& workers_;
  const engine::progress_callback& on_progress_;
  engine::load_progress progress_;
  result<void> outcome_;
  std::vector<std::uint16_t> piece_;
};

std::uint64_t matrix_bytes(const engine::owned_matrix& what) {
  return sizeof(std::uint16_t) * static_cast<std::uint64_t>(what.view.outputs)
         * static_cast<std::uint64_t>(what.view.inputs);
}

/// Of all matrices; numbers are next to nothing.
std::uint64_t bytes_of(const decoder_weights& weights) {
  auto all = 2 * matrix_bytes(weights.head); // The embedding is of its size.
  for (const auto& layer : weights.layers) {
    for (const auto* one :
         {&layer.qkv, &layer.attention_out, &layer.mlp.gate_up, &layer.mlp.down}) {
      all += matrix_bytes(*one);
    }
  }
  return all;
}

std::uint32_t context_of(const model_spec& spec, const engine::host_options& options) {
  constexpr std::uint64_t kv_bytes = 2 * sizeof(std::uint16_t);
  const auto token_bytes = kv_bytes * static_cast<std::uint64_t>(spec.layers)
                           * static_cast<std::uint64_t>(spec.kv_cols());
  const auto tokens = std::max<std::uint64_t>(block_tokens, options.pool_bytes / token_bytes);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(spec.context_tokens_max, tokens));
}

cuda::model_facts facts_of(const decoder_weights& weights, content_id content,
                           const engine::host_options& options) {
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
          .multiplies_gelu = spec.act == engine::activation::gelu_tanh ? 1 : 0,
          .eps = spec.norm_eps,
          .embed_scale = engine::embed_scale_of(weights),
          .attention_scale = engine::score_scale_of(spec),
          .attention_softcap = spec.attention_softcap,
          .logit_softcap = spec.logit_softcap,
          .block_size = block_tokens,
          .context_tokens_max = context_of(spec, options),
          .step_rows_max = static_cast<std::int32_t>(options.step_tokens_max),
          .step_sequences_max =
              static_cast<std::int32_t>(std::min(options.sequences_max, options.step_tokens_max)),
          .content = {content.value.high, content.value.low}};
}

std::vector<cuda::layer_facts> layers_of(const model_spec& spec) {
  std::vector<cuda::layer_facts> all;
  for (const auto& one : spec.each_layer) {
    all.push_back({.window = one.window,
                   .chunk = one.chunk,
                   .rope = !one.has_rope  ? cuda::turns::none
                           : one.is_local ? cuda::turns::local
                                          : cuda::turns::common});
  }
  return all;
}

void send_turns(sender& to, const engine::rope_spec& rope, std::int32_t rotary_dim,
                std::uint32_t positions, part cos, part sin) {
  engine::rope_table table{rope, rotary_dim};
  table.cover(positions);
  const auto count = std::size_t{positions} * static_cast<std::size_t>(rotary_dim / 2);
  to.numbers(cos, 0, {table.cos(), count});
  to.numbers(sin, 0, {table.sin(), count});
}

void send_layer(sender& to, std::int32_t at, const decoder_layer& layer) {
  to.numbers(part::input_norm, at, layer.input_norm.weight);
  to.matrix(part::qkv, at, layer.qkv.view);
  to.numbers(part::qkv_bias, at, layer.qkv_bias);
  to.numbers(part::q_norm, at, layer.q_norm);
  to.numbers(part::k_norm, at, layer.k_norm);
  to.numbers(part::sinks, at, layer.sinks);
  to.matrix(part::attention_out, at, layer.attention_out.view);
  to.numbers(part::attention_out_norm, at, layer.attention_out_norm.weight);
  to.numbers(part::post_norm, at, layer.post_norm.weight);
  to.matrix(part::gate_up, at, layer.mlp.gate_up.view);
  to.matrix(part::down, at, layer.mlp.down.view);
  to.numbers(part::down_norm, at, layer.down_norm.weight);
}

/// Destroyed after what it is a base beside, whose code is in the library.
struct kept_library {
  cuda_library library;
};

class device_execution final : kept_library, public engine::executor_around {
public:
  device_execution(cuda_library library, std::unique_ptr<engine::executor> inner)
      : kept_library{std::move(library)}, executor_around(std::move(inner)) {}
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
  if (any(&layer::has_experts)) {
    return refused("layers of experts");
  }
  if (spec.latent.kv_rank > 0) {
    return refused("attention over latent keys");
  }
  if (any(&layer::is_parallel)) {
    return refused("layers whose MLP stands beside attention");
  }
  if (spec.has_layer_norms) {
    return refused("layer norms with biases");
  }
  if (!spec.is_gated || spec.act == engine::activation::gelu
      || spec.act == engine::activation::swiglu_oai) {
    return refused("this activation");
  }
  if (any(&layer::has_out_bias)) {
    return refused("a bias of what attention adds");
  }
  if (any(&layer::has_temperature) || any(&layer::has_l2_norm)) {
    return refused("queries that are scaled by position or after the rope");
  }
  return std::nullopt;
}

result<std::unique_ptr<engine::executor>> execute_on_device(
    cuda_library library, const decoder_weights& weights, content_id content,
    const engine::host_options& options, engine::cpu::parallel& workers,
    const engine::progress_callback& on_progress) {
  const auto& spec = weights.spec;
  if (auto why = device_refusal(spec)) {
    return *std::move(why);
  }
  const auto facts = facts_of(weights, content, options);
  const auto layers = layers_of(spec);
  auto load = library.begin(facts, layers);
  if (!load) {
    return load.err();
  }
  sender to{*load, workers, on_progress, bytes_of(weights)};
  to.table(part::embedding, weights);
  to.matrix(part::head, 0, weights.head.view);
  to.numbers(part::final_norm, 0, weights.final_norm.weight);
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
