// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/config.hpp"

#include "engine/core/ops/paged_attention.hpp"
#include "engine/model/config_parts.hpp"
#include "engine/model/mapped_file.hpp"
#include "engine/model/model_error.hpp"
#include "runtime/json/fields.hpp"
#include "runtime/json/read.hpp"

#include <string_view>

namespace troupe::engine {
namespace {

// Far above any real model, low enough that products of two fit 31 bits where they must.
constexpr json::integer_range layers_range{1, 1024};
constexpr json::integer_range width_range{16, 1 << 17};
constexpr json::integer_range heads_range{1, 1024};
constexpr json::integer_range vocab_range{2, 1 << 22};

std::string architecture_of(const json::value& config) {
  if (const auto* list = config.find("architectures")) {
    const auto* names = list->as_array();
    if (names != nullptr && !names->empty() && names->front().as_string() != nullptr) {
      return *names->front().as_string();
    }
  }
  const auto* type = config.find("model_type");
  if (type != nullptr && type->as_string() != nullptr) {
    const auto* known = find_family_by_type(*type->as_string());
    return known != nullptr ? std::string{known->architecture} : *type->as_string();
  }
  return "";
}

std::int32_t count(const json::object_reader& from, std::string_view name,
                   json::integer_range range) {
  return static_cast<std::int32_t>(from.integer(name, range));
}

/// What a config may switch on that is not executed: refused, since ignoring it would give
/// wrong answers.
void refuse_unsupported(const json::object_reader& config, const family& of) {
  for (const std::string_view name : {"attention_bias", "mlp_bias"}) {
    if (config.boolean_or(name, false) && !of.may_have_biases) {
      config.complain(name, "true is not supported; " + std::string{other_engine});
    }
  }
  const bool is_tanh = of.act == activation::gelu_tanh;
  const bool is_gelu = of.act == activation::gelu;
  const std::string_view expected = is_tanh ? "gelu_pytorch_tanh" : is_gelu ? "gelu" : "silu";
  const std::string_view field = is_tanh   ? "hidden_activation"
                                 : is_gelu ? "activation"
                                           : "hidden_act";
  const auto got = config.string_or(field, expected);
  if (got != expected) {
    config.complain(field, "\"" + got + "\" is not supported; " + std::string{other_engine});
  }
}

std::int32_t read_rotary(const json::object_reader& config, const family& of,
                         const model_spec& spec) {
  const double share = rotary_share(config);
  const auto turned = static_cast<std::int32_t>(spec.head_dim * share);
  if (turned != spec.head_dim && !of.may_turn_a_part) {
    config.complain("partial_rotary_factor", "only 1 is supported; " + std::string{other_engine});
  } else if (turned < 2 || turned % 2 != 0) {
    config.complain("partial_rotary_factor", "must leave an even number of elements of a head");
  }
  return turned;
}

void check_heads(const json::object_reader& config, const model_spec& spec) {
  if (spec.head_dim % 16 != 0 || spec.head_dim > ops::head_dim_max) {
    config.complain("head_dim", std::to_string(spec.head_dim)
                                    + " is not supported: a multiple of 16 up to "
                                    + std::to_string(ops::head_dim_max) + " is needed");
  }
  if (spec.heads % spec.kv_heads != 0 || spec.heads / spec.kv_heads > ops::head_group_max) {
    config.complain("num_key_value_heads",
                    std::to_string(spec.kv_heads)
                        + " must divide num_attention_heads into groups of at most "
                        + std::to_string(ops::head_group_max));
  }
}

model_spec read_fields(const json::object_reader& config, const family& of) {
  model_spec spec;
  spec.layers = count(config, "num_hidden_layers", layers_range);
  spec.hidden = count(config, "hidden_size", width_range);
  spec.heads = count(config, "num_attention_heads", heads_range);
  spec.vocab = count(config, "vocab_size", vocab_range);
  spec.is_tied = config.boolean_or("tie_word_embeddings", false);
  if (config.wrong().first()) {
    return spec;
  }
  of.sizes(config, of, spec);
  if (config.wrong().first()) {
    return spec;
  }
  check_heads(config, spec);
  refuse_unsupported(config, of);
  spec.rope = read_rope(config, spec);
  spec.each_layer.resize(static_cast<std::size_t>(spec.layers));
  spec.act = of.act;
  of.read(config, spec);
  return spec;
}

} // namespace

void read_sizes(const json::object_reader& config, const family& of, model_spec& spec) {
  spec.feed_forward = count(config, "intermediate_size", {16, 1 << 20});
  spec.context_tokens_max =
      static_cast<std::uint32_t>(config.integer("max_position_embeddings", context_range));
  spec.norm_eps = static_cast<float>(config.number_or("rms_norm_eps", 1e-6, {0, 1}));
  spec.kv_heads =
      static_cast<std::int32_t>(config.integer_or("num_key_value_heads", spec.heads, heads_range));
  const auto even = spec.hidden / spec.heads;
  spec.head_dim = static_cast<std::int32_t>(config.integer_or("head_dim", even, {1, 1 << 16}));
  spec.rotary_dim = read_rotary(config, of, spec);
}

result<model_spec> read_config(const json::value& config, const std::string& path) {
  if (config.as_object() == nullptr) {
    return model_error(path, "", "is no JSON object", fetch_again);
  }
  const auto name = architecture_of(config);
  const auto* of = find_family(name);
  if (of == nullptr) {
    return model_error(path, "architectures",
                       name.empty() ? std::string{"is missing"}
                                    : "unsupported architecture " + name,
                       other_engine);
  }
  json::complaints wrong;
  const auto* text = of->is_wrapped ? config.find("text_config") : nullptr;
  const json::object_reader whole{config, "", wrong};
  const json::object_reader part{text != nullptr ? *text : config, "text_config", wrong};
  const auto spec = read_fields(text != nullptr ? part : whole, *of);
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
