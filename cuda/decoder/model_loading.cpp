// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/decoder/model_loading.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace troupe::cuda {
namespace {

constexpr status out_of_memory = 2; // cudaErrorMemoryAllocation

bool is_of_layer(part what) {
  return what >= part::input_norm && what != part::final_norm_bias;
}

/// Of a layer's MLP of its own, or of its experts.
bool is_of_mlp(part what) {
  return what == part::gate_up || what == part::down;
}

bool is_of_experts(part what) {
  return (what >= part::router && what <= part::shared_gate)
         || (what >= part::router_bias && what <= part::expert_down_bias);
}

bool is_optional(part what) {
  switch (what) {
    case part::qkv_bias:
    case part::q_norm:
    case part::k_norm:
    case part::sinks:
    case part::attention_out_norm:
    case part::down_norm:
    case part::input_norm_bias:
    case part::attention_out_bias:
    case part::post_norm_bias:
    case part::final_norm_bias:
    case part::choice_bias:
    case part::shared_gate:
      return true;
    default:
      return false;
  }
}

std::string name_of(part what, std::int32_t layer) {
  return "part " + std::to_string(static_cast<std::int32_t>(what))
         + (is_of_layer(what) ? " of layer " + std::to_string(layer) : "");
}

error wrong(std::string text) {
  return {.code = errc::invalid_value, .text = std::move(text)};
}

error failed(status why) {
  return why == out_of_memory
             ? error{.code = errc::too_large,
                     .text = "the device has too little free memory for it"}
             : error{.code = errc::internal,
                     .text = "the device fails with CUDA's error " + std::to_string(why)};
}

std::string_view name_of_type(engine::ops::dtype type) {
  return type <= engine::ops::dtype::fp8 ? engine::ops::name_of(type) : "of that type";
}

ops::activation activation_of(mlp_kind kind) {
  switch (kind) {
    case mlp_kind::gelu_mul:
      return ops::activation::gelu_mul;
    case mlp_kind::gelu:
      return ops::activation::gelu;
    case mlp_kind::swiglu_oai:
      return ops::activation::swiglu_oai;
    case mlp_kind::silu_mul:
      break;
  }
  return ops::activation::silu_mul;
}

expert_shape experts_of(const expert_facts& facts) {
  return {.count = facts.count,
          .first = facts.first,
          .held = facts.held,
          .chosen = facts.chosen,
          .feed_forward = facts.feed_forward,
          .shared_feed_forward = facts.shared_feed_forward,
          .score = static_cast<engine::ops::route_score>(facts.score),
          .is_normalized = facts.is_normalized != 0,
          .weighs_input = facts.weighs_input != 0,
          .scale = facts.scale,
          .groups = facts.groups,
          .groups_chosen = facts.groups_chosen};
}

latent_shape latent_of(const latent_facts& facts) {
  return {.kv_rank = facts.kv_rank,
          .query_rank = facts.query_rank,
          .plain_dim = facts.plain_dim,
          .rope_dim = facts.rope_dim,
          .value_dim = facts.value_dim,
          .norm_eps = facts.norm_eps};
}

decoder_shape shape_of(const model_facts& facts) {
  return {.layers = facts.layers,
          .hidden = facts.hidden,
          .heads = facts.heads,
          .kv_heads = facts.kv_heads,
          .head_dim = facts.head_dim,
          .feed_forward = facts.feed_forward,
          .vocab = facts.head_rows,
          .eps = facts.eps,
          .norm = facts.has_layer_norms != 0 ? ops::norm_kind::layer : ops::norm_kind::rms,
          .act = activation_of(facts.mlp),
          .rotary_dim = facts.rotary_dim,
          .has_adjacent_pairs = facts.has_adjacent_pairs != 0,
          .embed_scale = facts.embed_scale,
          .attention_scale = facts.attention_scale,
          .attention_softcap = facts.attention_softcap,
          .logit_softcap = facts.logit_softcap,
          .temperature_scale = facts.temperature_scale,
          .temperature_floor = facts.temperature_floor,
          .pages = static_cast<std::int32_t>(facts.full_pages + facts.window_pages),
          .kept = facts.keeps_fp8 != 0 ? ops::kv_element::fp8 : ops::kv_element::bf16,
          .experts = experts_of(facts.experts),
          .latent = latent_of(facts.latent)};
}

} // namespace

rank_load::rank_load(const model_facts& facts, std::span<const layer_facts> each)
    : facts_(facts), each_(each.begin(), each.end()), of_layers_(each.size()) {
}

part_shape rank_load::shape(part what, std::int32_t layer) const {
  return shape_of(what, facts_,
                  is_of_layer(what) ? each_[static_cast<std::size_t>(layer)] : layer_facts{});
}

result<void> rank_load::put(part_place where, std::uint64_t offset,
                            std::span<const std::byte> data) {
  const auto what = where.what;
  const auto layer = where.layer;
  const auto type = where.type;
  const auto number = static_cast<std::int32_t>(what);
  const auto layers = static_cast<std::int32_t>(of_layers_.size());
  if (number < 0 || number >= parts_count
      || (is_of_layer(what) && (layer < 0 || layer >= layers))) {
    return wrong("a model has no " + name_of(what, layer));
  }
  auto& all = is_of_layer(what) ? of_layers_[static_cast<std::size_t>(layer)] : of_model_;
  auto& at = all[static_cast<std::size_t>(number)];
  const auto bytes = cuda::bytes_of(what, shape(what, layer), type);
  if (!bytes || (at.filled > 0 && at.type != type)) {
    return wrong(name_of(what, layer) + " cannot be " + std::string{name_of_type(type)}
                 + (at.filled > 0 ? ", it began as " + std::string{name_of_type(at.type)} : ""));
  }
  if (offset != at.filled || data.size() > *bytes - at.filled) {
    return wrong(name_of(what, layer) + " has " + std::to_string(*bytes) + " bytes, of which "
                 + std::to_string(at.filled) + " are there; " + std::to_string(data.size())
                 + " came for place " + std::to_string(offset));
  }
  at.type = type;
  if (at.memory.size() == 0) {
    if (const auto why = at.memory.resize(*bytes); why != success) {
      return failed(why);
    }
  }
  if (const auto why = copy_in(at.memory.data() + offset, data.data(), data.size());
      why != success) {
    return failed(why);
  }
  at.filled += data.size();
  return {};
}

bool rank_load::may_lack(part what, std::int32_t layer) const {
  const auto uses = [this](turns which) {
    return std::ranges::any_of(each_, [&](const layer_facts& one) { return one.rope == which; });
  };
  if (!is_of_layer(what)) {
    const bool turns_common = what == part::cos || what == part::sin;
    const bool turns_local = what == part::local_cos || what == part::local_sin;
    return (turns_common && !uses(turns::common)) || (turns_local && !uses(turns::local))
           || (what == part::head && facts_.has_tied_head != 0) || is_optional(what);
  }
  const bool has_experts = each_[static_cast<std::size_t>(layer)].has_experts != 0;
  return is_optional(what) || (is_of_mlp(what) && has_experts)
         || (is_of_experts(what) && !has_experts);
}

result<void> rank_load::check_complete() const {
  const auto check = [this](const place& at, part what, std::int32_t layer) -> result<void> {
    const auto bytes = cuda::bytes_of(what, shape(what, layer), at.type).value_or(0);
    if (at.filled == bytes || (at.filled == 0 && may_lack(what, layer))) {
      return {};
    }
    return wrong(name_of(what, layer) + " is not complete: " + std::to_string(at.filled) + " of "
                 + std::to_string(bytes) + " bytes came");
  };
  for (std::int32_t number = 0; number < parts_count; ++number) {
    const auto what = static_cast<part>(number);
    const auto index = static_cast<std::size_t>(number);
    const auto layers = is_of_layer(what) ? of_layers_.size() : 1;
    for (std::size_t layer = 0; layer < layers; ++layer) {
      const auto& all = is_of_layer(what) ? of_layers_[layer] : of_model_;
      if (auto done = check(all[index], what, static_cast<std::int32_t>(layer)); !done) {
        return done;
      }
    }
  }
  if (facts_.has_tied_head != 0
      && of_model_[static_cast<std::size_t>(part::embedding)].type != engine::ops::dtype::bf16) {
    return wrong("an embedding that is the head must be bf16");
  }
  return {};
}

device_weights rank_load::weights() const {
  const auto matrix = [](const places& all, part what) -> ops::matrix_in {
    const auto& at = all[static_cast<std::size_t>(what)];
    return {at.memory.data(), at.type};
  };
  const auto plain = [&](const places& all, part what) {
    return matrix(all, what).data;
  };
  const auto numbers = [&](const places& all, part what) {
    return static_cast<const float*>(plain(all, what));
  };
  const auto embedding = matrix(of_model_, part::embedding);
  device_weights w{.embedding = embedding.data,
                   .embedding_type = embedding.type,
                   .final_norm = numbers(of_model_, part::final_norm),
                   .final_norm_bias = numbers(of_model_, part::final_norm_bias),
                   .head = matrix(of_model_, part::head)};
  if (facts_.has_tied_head != 0) {
    const auto before =
        static_cast<std::size_t>(facts_.head_first) * static_cast<std::size_t>(facts_.hidden);
    w.head = {static_cast<const bf16*>(embedding.data) + before, embedding.type};
  }
  for (std::size_t i = 0; i < each_.size(); ++i) {
    const auto& all = of_layers_[i];
    const bool is_local = each_[i].rope == turns::local;
    const bool is_turned = each_[i].rope != turns::none;
    w.layers.push_back(
        {.input_norm = numbers(all, part::input_norm),
         .input_norm_bias = numbers(all, part::input_norm_bias),
         .qkv = matrix(all, part::qkv),
         .values = matrix(all, part::values),
         .qkv_bias = numbers(all, part::qkv_bias),
         .latent = {.query_down = matrix(all, part::query_down),
                    .query_norm = numbers(all, part::query_norm),
                    .query_up = matrix(all, part::query_up),
                    .key_down = matrix(all, part::key_down),
                    .key_norm = numbers(all, part::key_norm),
                    .into_latent = plain(all, part::into_latent),
                    .value_up = plain(all, part::value_up)},
         .q_norm = numbers(all, part::q_norm),
         .k_norm = numbers(all, part::k_norm),
         .sinks = numbers(all, part::sinks),
         .attention_out = matrix(all, part::attention_out),
         .attention_out_bias = numbers(all, part::attention_out_bias),
         .attention_out_norm = numbers(all, part::attention_out_norm),
         .post_norm = numbers(all, part::post_norm),
         .post_norm_bias = numbers(all, part::post_norm_bias),
         .gate_up = matrix(all, part::gate_up),
         .down = matrix(all, part::down),
         .down_norm = numbers(all, part::down_norm),
         .experts = {.router = plain(all, part::router),
                     .router_bias = numbers(all, part::router_bias),
                     .choice_bias = numbers(all, part::choice_bias),
                     .gate_up = matrix(all, part::expert_gate_up),
                     .down = matrix(all, part::expert_down),
                     .gate_up_bias = numbers(all, part::expert_gate_up_bias),
                     .down_bias = numbers(all, part::expert_down_bias),
                     .shared_gate_up = matrix(all, part::shared_gate_up),
                     .shared_down = matrix(all, part::shared_down),
                     .shared_gate = plain(all, part::shared_gate)},
         .window = each_[i].window,
         .chunk = each_[i].chunk,
         .page = each_[i].page,
         .page_layer = each_[i].page_layer,
         .is_parallel = each_[i].is_parallel != 0,
         .has_l2_norm = each_[i].has_l2_norm != 0,
         .has_temperature = each_[i].has_temperature != 0,
         .cos = is_turned ? numbers(of_model_, is_local ? part::local_cos : part::cos) : nullptr,
         .sin = is_turned ? numbers(of_model_, is_local ? part::local_sin : part::sin) : nullptr});
  }
  return w;
}

result<rank_model> rank_load::finish(std::unique_ptr<product> multiply) {
  if (auto done = check_complete(); !done) {
    return done.err();
  }
  rank_model made{.shape = shape_of(facts_),
                  .first_token = facts_.head_first,
                  .weights = weights(),
                  .memory = {},
                  .multiply = std::move(multiply)};
  const auto keep = [&made](places& all) {
    for (auto& one : all) {
      made.memory.push_back(std::move(one.memory));
    }
  };
  keep(of_model_);
  for (auto& layer : of_layers_) {
    keep(layer);
  }
  return made;
}

model_load::model_load(const model_facts& whole, std::span<const layer_facts> each)
    : whole_(whole) {
  TROUPE_CHECK(why_not_cut(whole).empty());
  for (std::int32_t rank = 0; rank < whole.ranks; ++rank) {
    ranks_.emplace_back(facts_of_rank(whole, rank), each);
  }
}

result<void> model_load::put(part_place where, std::uint64_t offset,
                             std::span<const std::byte> data) {
  if (where.rank < 0 || where.rank >= whole_.ranks) {
    return wrong("the model has no rank " + std::to_string(where.rank));
  }
  if (const auto why = use_device(where.rank); why != success) {
    return failed(why);
  }
  return ranks_[static_cast<std::size_t>(where.rank)].put(where, offset, data);
}

result<std::unique_ptr<engine::executor>> model_load::finish(const backend& by) {
  device_model model{.ranks = {},
                     .has_shared_out_experts = whole_.experts.are_shared_out != 0,
                     .add_up = whole_.ranks > 1 ? by.make_collective(whole_.ranks) : nullptr,
                     .content = {{whole_.content[0], whole_.content[1]}},
                     .block_size = whole_.block_size,
                     .groups = {.full_pages = whole_.full_pages,
                                .window_pages = whole_.window_pages,
                                .window_tokens = whole_.window_tokens},
                     .page_layers = whole_.page_layers,
                     .context_tokens_max = whole_.context_tokens_max,
                     .step_rows_max = whole_.step_rows_max,
                     .step_sequences_max = whole_.step_sequences_max,
                     .step_limit = by.step_limit};
  if (whole_.ranks > 1 && model.add_up == nullptr) {
    return error{.code = errc::unsupported,
                 .text = "several devices need NCCL, which is not found here or does not start; "
                         "install libnccl.so.2, or use one device"};
  }
  for (std::size_t rank = 0; rank < ranks_.size(); ++rank) {
    if (const auto why = use_device(static_cast<std::int32_t>(rank)); why != success) {
      return failed(why);
    }
    auto made = ranks_[rank].finish(by.make_product());
    if (!made) {
      return made.err();
    }
    model.ranks.push_back(*std::move(made));
  }
  status why = use_device(0);
  auto execution = why == success ? make_device_executor(std::move(model), why) : nullptr;
  if (execution == nullptr) {
    return failed(why);
  }
  return execution;
}

} // namespace troupe::cuda
