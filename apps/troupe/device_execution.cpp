// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/device_execution.hpp"

#include "cuda/rank_parts.hpp"
#include "engine/core/executor_around.hpp"
#include "engine/core/ops/packed_slice.hpp"
#include "engine/model/decoder_forward.hpp"
#include "engine/model/rope_table.hpp"
#include "engine/model/weight_packing.hpp"
#include "messages/vocab/block_naming.hpp"

#include <algorithm>
#include <array>
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

constexpr std::size_t piece_bytes_max = std::size_t{16} << 20U;

/// Whether it goes to the device as it is packed here.
bool stays_coded(const engine::ops::packed_matrix& what) {
  return engine::ops::is_blocked(what.type) || what.type == engine::ops::dtype::fp8;
}

std::uint64_t bf16_bytes(const engine::ops::packed_matrix& what) {
  return sizeof(std::uint16_t) * static_cast<std::uint64_t>(what.outputs)
         * static_cast<std::uint64_t>(what.inputs);
}

/// Of what is sent.
std::uint64_t matrix_bytes(const engine::owned_matrix& what) {
  const auto& view = what.view;
  return stays_coded(view) ? engine::ops::packed_bytes(view.type, view.outputs, view.inputs)
                           : bf16_bytes(view);
}

/// Whether the head needs no memory of its own beside the embedding.
bool has_tied_head(const decoder_weights& weights) {
  return weights.is_head_embedding && !stays_coded(weights.head.view);
}

using engine::ops::dtype;
using engine::ops::packed_matrix;

constexpr auto panel_width = engine::ops::panel_width;

/// Whether a slice of codes is codes, too: whole panels of outputs, whole runs of inputs.
bool keeps_codes(const packed_matrix& from, const cuda::part_slice& slice) {
  const auto granule =
      slice.cut == cuda::part_cut::inputs ? engine::ops::inputs_of_slice(from.type) : panel_width;
  const auto size = slice.cut == cuda::part_cut::inputs ? from.inputs : from.outputs;
  const auto is_whole = [&](const cuda::part_range& range) {
    const auto end = range.first + range.count;
    return range.first % granule == 0 && (range.count % granule == 0 || end == size);
  };
  switch (slice.cut) {
    case cuda::part_cut::whole:
      return true;
    case cuda::part_cut::outputs:
    case cuda::part_cut::inputs:
      return std::ranges::all_of(slice.ranges, is_whole);
    default:
      return false;
  }
}

/// Sends a rank's parts and keeps the first error, after which it does nothing.
class sender {
public:
  sender(cuda_library::load& to, const cuda::model_facts& whole,
         std::span<const cuda::layer_facts> layers, engine::cpu::parallel& workers,
         const engine::progress_callback& on_progress, std::uint64_t total_bytes)
      : to_(to),
        whole_(whole),
        layers_(layers),
        workers_(workers),
        on_progress_(on_progress),
        progress_{.stage = engine::load_stage::send, .total_bytes = total_bytes} {}

  [[nodiscard]] const result<void>& outcome() const { return outcome_; }

  /// What comes next is that rank's.
  void begin_rank(std::int32_t rank) { rank_ = rank; }

  void numbers(part what, std::int32_t layer, std::span<const float> all) {
    std::size_t offset = 0;
    numbers(what, layer, all, offset);
  }

  /// Nothing where there is none.
  void matrix(part what, std::int32_t layer, const packed_matrix& from) {
    const auto slice = slice_of(what, layer);
    send(what, layer, from, slice, 0, may_be_coded(what, from, slice));
  }

  /// What `of` takes out of each, one after the other: in codes if all are in the same.
  template <class T, class F>
  void matrices(part what, std::int32_t layer, const std::vector<T>& all, F of) {
    const auto slice = slice_of(what, layer);
    const auto view_of = [&](const T& one) -> const packed_matrix& {
      return std::invoke(of, one).view;
    };
    std::span<const T> mine{all};
    if (slice.cut == cuda::part_cut::matrices && !all.empty()) {
      mine = mine.subspan(static_cast<std::size_t>(slice.ranges.front().first),
                          static_cast<std::size_t>(slice.ranges.front().count));
    }
    const bool is_coded = !mine.empty() && std::ranges::all_of(mine, [&](const T& one) {
      return may_be_coded(what, view_of(one), slice)
             && view_of(one).type == view_of(mine.front()).type;
    });
    std::size_t offset = 0;
    for (const auto& one : mine) {
      offset = send(what, layer, view_of(one), slice, offset, is_coded);
    }
  }

  /// The same of biases.
  void biases(part what, std::int32_t layer, const std::vector<engine::mlp_weights>& all,
              std::vector<float> engine::mlp_weights::* which) {
    std::size_t offset = 0;
    for (const auto& one : all) {
      numbers(what, layer, one.*which, offset);
    }
  }

  void table(part what, const decoder_weights& weights) {
    const auto hidden = static_cast<std::size_t>(weights.spec.hidden);
    const auto type = weights.embedding_type;
    const auto bytes = engine::ops::row_bytes(type, hidden);
    if (type == dtype::q8_0 || type == dtype::q4_0) {
      whole({what, 0, type, rank_},
            {weights.embedding.data(), static_cast<std::size_t>(weights.spec.vocab) * bytes}, 0);
      return;
    }
    rows(
        what, 0, {0, weights.spec.vocab}, {0, weights.spec.hidden}, weights.spec.vocab,
        weights.spec.hidden,
        [&](std::int32_t panel, std::span<float> all) {
          for (std::size_t n = 0; n < all.size() / hidden; ++n) {
            const auto row = static_cast<std::size_t>(panel) * panel_width + n;
            engine::widen_row(type, weights.embedding.data() + row * bytes,
                              all.subspan(n * hidden, hidden));
          }
        },
        0);
  }

private:
  [[nodiscard]] cuda::part_slice slice_of(part what, std::int32_t layer) const {
    return cuda::slice_of(what, whole_, layers_[static_cast<std::size_t>(layer)], rank_);
  }

  static bool may_be_coded(part what, const packed_matrix& from, const cuda::part_slice& slice) {
    return cuda::takes_codes(what) && stays_coded(from) && keeps_codes(from, slice);
  }

  /// Those of the rank, behind `offset`, which moves on.
  void numbers(part what, std::int32_t layer, std::span<const float> all, std::size_t& offset) {
    if (all.empty()) {
      return;
    }
    const auto slice = slice_of(what, layer);
    const auto put_all = [&](std::span<const float> some) {
      put({what, layer, dtype::bf16, rank_}, offset, std::as_bytes(some));
      offset += some.size_bytes();
    };
    if (slice.cut == cuda::part_cut::outputs) {
      for (const auto& range : slice.ranges) {
        put_all(all.subspan(static_cast<std::size_t>(range.first),
                            static_cast<std::size_t>(range.count)));
      }
    } else if (slice.cut == cuda::part_cut::first_rank && rank_ > 0) {
      put_all(std::vector<float>(all.size()));
    } else {
      put_all(all);
    }
  }

  /// The rank's slice of a matrix; where the next one's begins.
  std::size_t send(part what, std::int32_t layer, const packed_matrix& from,
                   const cuda::part_slice& slice, std::size_t offset, bool is_coded) {
    if (from.outputs == 0) {
      return offset;
    }
    const bool is_cut = slice.cut == cuda::part_cut::outputs || slice.cut == cuda::part_cut::inputs;
    const cuda::part_range all_inputs{0, from.inputs};
    for (const auto& range :
         is_cut ? slice.ranges : std::array<cuda::part_range, 3>{{{0, from.outputs}}}) {
      if (range.count == 0) {
        continue;
      }
      const bool cuts_inputs = slice.cut == cuda::part_cut::inputs;
      offset = is_coded      ? send_codes(what, layer, from, range, cuts_inputs, offset)
               : cuts_inputs ? send_rows(what, layer, from, {0, from.outputs}, range, offset)
                             : send_rows(what, layer, from, range, all_inputs, offset);
    }
    return offset;
  }

  std::size_t send_codes(part what, std::int32_t layer, const packed_matrix& from,
                         cuda::part_range range, bool cuts_inputs, std::size_t offset) {
    const cuda::part_place where{what, layer, from.type, rank_};
    if (cuts_inputs) {
      const auto slice = engine::ops::slice_inputs(from, static_cast<std::int32_t>(range.first),
                                                   static_cast<std::int32_t>(range.count));
      whole(where, slice, offset);
      return offset + slice.size();
    }
    const auto bytes = engine::ops::panel_bytes(from.type, from.inputs);
    const auto panels = (static_cast<std::size_t>(range.count) + panel_width - 1) / panel_width;
    whole(where,
          {static_cast<const std::byte*>(from.data)
               + static_cast<std::size_t>(range.first / panel_width) * bytes,
           panels * bytes},
          offset);
    return offset + panels * bytes;
  }

  std::size_t send_rows(part what, std::int32_t layer, const packed_matrix& from,
                        cuda::part_range outputs, cuda::part_range inputs, std::size_t offset) {
    rows(
        what, layer, outputs, inputs, from.outputs, from.inputs,
        [&](std::int32_t panel, std::span<float> all) {
          engine::ops::unpack_panel(from, panel, all);
        },
        offset);
    return offset + static_cast<std::size_t>(outputs.count * inputs.count) * sizeof(std::uint16_t);
  }

  /// As it is, in pieces.
  void whole(const cuda::part_place& where, std::span<const std::byte> all, std::size_t offset) {
    for (std::size_t from = 0; from < all.size(); from += piece_bytes_max) {
      const auto here = all.subspan(from, std::min(piece_bytes_max, all.size() - from));
      put(where, offset + from, here);
      tell(here.size());
    }
  }

  /// Some rows and columns of a matrix of all_rows by all_columns as bf16, in pieces; `widen` makes
  /// the numbers of a panel.
  template <class Widen>
  void rows(part what, std::int32_t layer, cuda::part_range outputs, cuda::part_range inputs,
            std::int32_t all_rows, std::int32_t all_columns, Widen widen, std::size_t offset) {
    const auto columns = static_cast<std::size_t>(inputs.count);
    const auto row_bytes = columns * sizeof(std::uint16_t);
    const auto panels_max = static_cast<std::int64_t>(
        std::max<std::size_t>(1, piece_bytes_max / (panel_width * row_bytes)));
    const auto end = outputs.first + outputs.count;
    std::vector<std::vector<float>> wide(workers_.threads());
    for (auto panel = outputs.first / panel_width; panel * panel_width < end && outcome_;
         panel += panels_max) {
      const auto from = std::max(outputs.first, panel * panel_width);
      const auto to = std::min(end, (panel + panels_max) * panel_width);
      piece_.resize(static_cast<std::size_t>(to - from) * columns);
      const auto panels = static_cast<std::uint32_t>((to - 1) / panel_width - panel + 1);
      workers_.run(panels, [&](std::uint32_t number, std::uint32_t worker) {
        const auto first = (panel + number) * panel_width;
        const auto here = std::min<std::int64_t>(panel_width, all_rows - first);
        auto& all = wide[worker];
        all.resize(static_cast<std::size_t>(here) * static_cast<std::size_t>(all_columns));
        widen(static_cast<std::int32_t>(panel + number), std::span{all});
        for (auto row = std::max(first, from); row < std::min(first + here, to); ++row) {
          const auto* begin = all.data() + (row - first) * all_columns + inputs.first;
          std::transform(begin, begin + inputs.count,
                         piece_.data() + static_cast<std::size_t>(row - from) * columns,
                         engine::ops::f32_to_bf16);
        }
      });
      put({what, layer, dtype::bf16, rank_},
          offset + static_cast<std::size_t>(from - outputs.first) * row_bytes,
          std::as_bytes(std::span{piece_}));
      tell(piece_.size() * sizeof piece_.front());
    }
  }

  void tell(std::size_t sent_bytes) {
    progress_.done_bytes = std::min(progress_.done_bytes + sent_bytes, progress_.total_bytes);
    if (on_progress_) {
      on_progress_(progress_);
    }
  }

  void put(const cuda::part_place& where, std::size_t offset, std::span<const std::byte> data) {
    if (outcome_) {
      outcome_ = to_.put(where, offset, data);
    }
  }

  cuda_library::load& to_;
  const cuda::model_facts& whole_;
  std::span<const cuda::layer_facts> layers_;
  engine::cpu::parallel& workers_;
  const engine::progress_callback& on_progress_;
  engine::load_progress progress_;
  result<void> outcome_;
  std::int32_t rank_ = 0;
  std::vector<std::uint16_t> piece_;
};

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

std::uint32_t context_of(const model_spec& spec, const engine::host_options& options) {
  const std::uint64_t kept = spec.latent.kv_rank > 0 ? 1 : 2; // A latent key is its value.
  const auto token_bytes = kept * sizeof(std::uint16_t) * static_cast<std::uint64_t>(spec.layers)
                           * static_cast<std::uint64_t>(spec.kv_cols());
  const auto tokens = std::max<std::uint64_t>(block_tokens, options.pool_bytes / token_bytes);
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

cuda::expert_facts experts_of(const engine::expert_spec& spec) {
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
          .has_bias = spec.has_bias ? 1 : 0};
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
          .experts = experts_of(spec.experts),
          .latent = latent_of(spec.latent),
          .block_size = block_tokens,
          .full_pages = pages.groups.full_pages,
          .window_pages = pages.groups.window_pages,
          .window_tokens = pages.groups.window_tokens,
          .page_layers = pages.layout.layers,
          .context_tokens_max = context_of(spec, options.host),
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
  to.matrices(part::into_latent, at, latent.into_latent, std::identity{});
  to.matrices(part::value_up, at, latent.value_up, std::identity{});
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
  to.matrices(part::expert_gate_up, at, experts.each, &engine::mlp_weights::gate_up);
  to.matrices(part::expert_down, at, experts.each, &engine::mlp_weights::down);
  to.biases(part::expert_gate_up_bias, at, experts.each, &engine::mlp_weights::gate_up_bias);
  to.biases(part::expert_down_bias, at, experts.each, &engine::mlp_weights::down_bias);
  to.matrix(part::shared_gate_up, at, experts.shared.gate_up.view);
  to.matrix(part::shared_down, at, experts.shared.down.view);
  to.matrix(part::shared_gate, at, experts.shared_gate.view);
}

/// Destroyed after what it is a base beside, whose code is in the library.
struct kept_library {
  cuda_library library;
};

class device_execution final : kept_library, public engine::executor_around {
public:
  device_execution(cuda_library opened, std::unique_ptr<engine::executor> inner)
      : kept_library{std::move(opened)}, executor_around(std::move(inner)) {}
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

void send_all(sender& to, const decoder_weights& weights, const cuda::model_facts& facts,
              std::span<const cuda::layer_facts> layers) {
  const auto& spec = weights.spec;
  to.table(part::embedding, weights);
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
  sender to{*load, facts, layers, workers, on_progress, bytes_of(weights)};
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
