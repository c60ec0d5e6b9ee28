// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/config.hpp"

#include "engine/core/ops/paged_attention.hpp"
#include "engine/model/mapped_file.hpp"
#include "engine/model/model_error.hpp"
#include "runtime/json/fields.hpp"
#include "runtime/json/read.hpp"

#include <string_view>

namespace troupe::engine {
namespace {

constexpr std::string_view llama = "LlamaForCausalLM";
constexpr std::string_view other_engine =
    "use an external engine for this model, or a model of architecture LlamaForCausalLM";

// Far above any real model, low enough that products of two fit 31 bits where they must.
constexpr json::integer_range layers_range{1, 1024};
constexpr json::integer_range width_range{16, 1 << 17};
constexpr json::integer_range heads_range{1, 1024};
constexpr json::integer_range vocab_range{2, 1 << 22};
constexpr json::integer_range context_range{1, 1 << 24};

std::string architecture_of(const json::value& config) {
  if (const auto* list = config.find("architectures")) {
    const auto* names = list->as_array();
    if (names != nullptr && !names->empty() && names->front().as_string() != nullptr) {
      return *names->front().as_string();
    }
  }
  const auto* type = config.find("model_type");
  if (type != nullptr && type->as_string() != nullptr) {
    return *type->as_string() == "llama" ? std::string{llama} : *type->as_string();
  }
  return "";
}

std::int32_t count(const json::object_reader& from, std::string_view name,
                   json::integer_range range) {
  return static_cast<std::int32_t>(from.integer(name, range));
}

void read_llama3(const json::object_reader& from, std::uint32_t context, rope_spec& rope) {
  rope.low_freq_factor = from.number("low_freq_factor", {1e-3, 1e6});
  rope.high_freq_factor = from.number("high_freq_factor", {1e-3, 1e6});
  rope.original_context_tokens = static_cast<std::uint32_t>(
      from.integer_or("original_max_position_embeddings", context, context_range));
  if (rope.high_freq_factor < rope.low_freq_factor) {
    from.complain("high_freq_factor", "must not be below low_freq_factor");
  }
}

/// `from` is rope_scaling or rope_parameters.
void read_scaling(const json::object_reader& from, std::uint32_t context, rope_spec& rope) {
  const auto old_name = from.string_or("type", "default");
  const auto type = from.string_or("rope_type", old_name);
  if (type == "default" || type == "mrope") {
    return;
  }
  if (type != "linear" && type != "llama3") {
    from.complain("rope_type", "\"" + type + "\" is not supported; " + std::string{other_engine});
    return;
  }
  rope.scaling = type == "linear" ? rope_scaling::linear : rope_scaling::llama3;
  rope.factor = from.number("factor", {1e-3, 1e6});
  if (rope.scaling == rope_scaling::llama3) {
    read_llama3(from, context, rope);
  }
}

rope_spec read_rope(const json::object_reader& config, std::uint32_t context) {
  constexpr json::number_range theta_range{1, 1e12};
  rope_spec rope;
  const auto parameters = config.maybe_object("rope_parameters");
  if (parameters) {
    rope.theta = parameters->number_or(
        "rope_theta", config.number_or("rope_theta", rope.theta, theta_range), theta_range);
    read_scaling(*parameters, context, rope);
    return rope;
  }
  rope.theta = config.number_or("rope_theta", rope.theta, theta_range);
  if (const auto scaling = config.maybe_object("rope_scaling")) {
    read_scaling(*scaling, context, rope);
  }
  return rope;
}

/// What a Llama config may switch on that is not executed: refused, since ignoring it would give
/// wrong answers.
void refuse_unsupported(const json::object_reader& config) {
  for (const std::string_view name : {"attention_bias", "mlp_bias"}) {
    if (config.boolean_or(name, false)) {
      config.complain(name, "true is not supported; " + std::string{other_engine});
    }
  }
  const auto activation = config.string_or("hidden_act", "silu");
  if (activation != "silu") {
    config.complain("hidden_act",
                    "\"" + activation + "\" is not supported; " + std::string{other_engine});
  }
  if (config.maybe_object("quantization_config")) {
    config.complain("quantization_config",
                    "quantized weights are not supported; use a checkpoint in bf16, f16 or f32");
  }
  if (config.number_or("partial_rotary_factor", 1.0) != 1.0) {
    config.complain("partial_rotary_factor", "only 1 is supported; " + std::string{other_engine});
  }
}

void check_heads(const json::object_reader& config, const model_spec& spec) {
  if (spec.head_dim % 16 != 0 || spec.head_dim > ops::head_dim_max) {
    config.complain("head_dim", std::to_string(spec.head_dim)
                                    + " is not supported: a multiple of 16 up to 256 is needed");
  }
  if (spec.heads % spec.kv_heads != 0 || spec.heads / spec.kv_heads > ops::head_group_max) {
    config.complain("num_key_value_heads",
                    std::to_string(spec.kv_heads)
                        + " must divide num_attention_heads into groups of at most 24");
  }
}

model_spec read_fields(const json::object_reader& config) {
  model_spec spec;
  spec.layers = count(config, "num_hidden_layers", layers_range);
  spec.hidden = count(config, "hidden_size", width_range);
  spec.heads = count(config, "num_attention_heads", heads_range);
  spec.feed_forward = count(config, "intermediate_size", {16, 1 << 20});
  spec.vocab = count(config, "vocab_size", vocab_range);
  spec.context_tokens_max =
      static_cast<std::uint32_t>(config.integer("max_position_embeddings", context_range));
  spec.norm_eps = static_cast<float>(config.number_or("rms_norm_eps", 1e-6, {0, 1}));
  spec.is_tied = config.boolean_or("tie_word_embeddings", false);
  if (config.wrong().first()) {
    return spec;
  }
  spec.kv_heads =
      static_cast<std::int32_t>(config.integer_or("num_key_value_heads", spec.heads, heads_range));
  const auto even = spec.hidden / spec.heads;
  spec.head_dim = static_cast<std::int32_t>(config.integer_or("head_dim", even, {1, 1 << 16}));
  if (!config.wrong().first()) {
    check_heads(config, spec);
  }
  refuse_unsupported(config);
  spec.rope = read_rope(config, spec.context_tokens_max);
  return spec;
}

} // namespace

result<model_spec> read_config(const json::value& config, const std::string& path) {
  if (config.as_object() == nullptr) {
    return model_error(path, "", "is no JSON object", fetch_again);
  }
  if (const auto name = architecture_of(config); name != llama) {
    return model_error(path, "architectures",
                       name.empty() ? std::string{"is missing"}
                                    : "unsupported architecture " + name,
                       other_engine);
  }
  json::complaints wrong;
  const auto spec = read_fields(json::object_reader{config, "", wrong});
  if (const auto& first = wrong.first()) {
    return model_error(path, first->field, first->text,
                       "correct the file or " + std::string{other_engine});
  }
  return spec;
}

result<json::value> read_json_file(const std::string& path) {
  const auto mapped = mapped_file::open(path);
  if (!mapped) {
    return mapped.err();
  }
  auto document = json::parse(as_text((*mapped).view()));
  if (!document) {
    return model_error(path, document.err().field, document.err().text, fetch_again);
  }
  return document;
}

} // namespace troupe::engine
