// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/quantized_config.hpp"

#include "engine/model/model_error.hpp"
#include "runtime/json/fields.hpp"

#include <algorithm>
#include <initializer_list>

namespace troupe::engine {
namespace {

constexpr json::integer_range group_range{-1, 1 << 20};

void refuse(const json::object_reader& from, std::string_view name, const std::string& what) {
  from.complain(name, what + " is not supported");
}

bool has_members(const json::value* of) {
  return of != nullptr && of->as_object() != nullptr && !of->as_object()->empty();
}

/// Complains unless the text is one of `known`.
std::string one_of(const json::object_reader& from, std::string_view name, std::string_view absent,
                   std::initializer_list<std::string_view> known) {
  auto got = from.string_or(name, absent);
  if (std::ranges::find(known, got) == known.end()) {
    refuse(from, name, "\"" + got + "\"");
  }
  return got;
}

void add_modules(const json::object_reader& from, std::string_view name, quantization& to) {
  const auto* modules = from.maybe_array(name);
  if (modules == nullptr) {
    return;
  }
  for (const auto& item : *modules) {
    const auto* module = item.as_string();
    if (module == nullptr || module->empty()) {
      from.complain(name, "must hold names of modules");
      return;
    }
    if (!module->starts_with("re:")) {
      to.plain_modules.push_back(*module);
    }
  }
}

/// [rows, cols]
void read_block(const json::object_reader& from, std::string_view name, quantization& to) {
  const auto* sizes = from.maybe_array(name);
  if (sizes == nullptr) {
    return;
  }
  const bool is_size = std::ranges::all_of(*sizes, [](const json::value& size) {
    const auto* count = size.as_integer();
    return count != nullptr && *count >= 1 && *count <= group_range.max;
  });
  if (sizes->size() != 2 || !is_size) {
    from.complain(name, "must be two sizes of 1 to 1048576");
    return;
  }
  to.grain = scale_grain::block;
  to.block_rows = static_cast<std::uint64_t>(*(*sizes)[0].as_integer());
  to.block_cols = static_cast<std::uint64_t>(*(*sizes)[1].as_integer());
}

/// The columns of a group; 0 stands for all of them, which configs write as -1.
void read_group(const json::object_reader& from, std::string_view name, quantization& to) {
  const auto count = from.integer_or(name, 128, group_range);
  if (count == 0) {
    from.complain(name, "0 is no size of a group");
  }
  to.grain = scale_grain::group;
  to.block_cols = count < 0 ? 0 : static_cast<std::uint64_t>(count);
}

void refuse_other_bits(const json::object_reader& from, std::string_view name) {
  if (const auto bits = from.integer_or(name, 4); bits != 4) {
    refuse(from, name, std::to_string(bits));
  }
}

quantization read_fp8(const json::object_reader& from) {
  quantization out;
  (void)one_of(from, "fmt", "e4m3", {"e4m3"});
  read_block(from, "weight_block_size", out);
  add_modules(from, "modules_to_not_convert", out);
  add_modules(from, "ignored_layers", out);
  return out;
}

quantization read_mxfp4(const json::object_reader& from) {
  quantization out{.codes = code_format::mxfp4, .grain = scale_grain::group, .block_cols = 32};
  add_modules(from, "modules_to_not_convert", out);
  return out;
}

quantization read_awq(const json::object_reader& from) {
  quantization out{.codes = code_format::awq_int4};
  refuse_other_bits(from, from.find("w_bit") != nullptr ? "w_bit" : "bits");
  read_group(from, from.find("q_group_size") != nullptr ? "q_group_size" : "group_size", out);
  for (const std::string_view name : {"version", "format", "checkpoint_format"}) {
    auto version = from.string_or(name, "gemm");
    std::ranges::transform(version, version.begin(), [](char letter) {
      return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    if (version != "gemm") {
      refuse(from, name, "\"" + version + "\"");
    }
  }
  if (!from.boolean_or("zero_point", true)) {
    refuse(from, "zero_point", "false");
  }
  add_modules(from, "modules_to_not_convert", out);
  return out;
}

quantization read_gptq(const json::object_reader& from) {
  quantization out{.codes = code_format::gptq_int4};
  refuse_other_bits(from, "bits");
  read_group(from, "group_size", out);
  const auto format = one_of(from, "checkpoint_format", "gptq", {"gptq", "gptq_v2"});
  out.zero_offset = format == "gptq" ? 1 : 0;
  out.has_shuffled_groups = from.boolean_or("desc_act", false);
  if (has_members(from.find("dynamic"))) {
    refuse(from, "dynamic", "a setting for each module");
  }
  add_modules(from, "modules_in_block_to_not_quantize", out);
  return out;
}

void read_grain(const json::object_reader& weights, quantization& to) {
  const auto strategy = one_of(weights, "strategy", "", {"tensor", "channel", "group", "block"});
  to.grain = strategy == "tensor" ? scale_grain::matrix : scale_grain::row;
  if (strategy == "group") {
    read_group(weights, "group_size", to);
  } else if (strategy == "block") {
    read_block(weights, "block_structure", to);
  }
}

void read_scheme(const json::object_reader& weights, quantization& to) {
  const auto type = weights.string_or("type", "int");
  const auto bits = weights.integer_or("num_bits", 8);
  const bool is_mxfp4 = to.codes == code_format::mxfp4;
  if (is_mxfp4 ? type != "float" || bits != 4 : (type != "int" && type != "float") || bits != 8) {
    refuse(weights, "num_bits", std::to_string(bits) + " bits of type \"" + type + "\"");
  }
  if (!is_mxfp4) {
    to.codes = type == "float" ? code_format::fp8_e4m3 : code_format::int8;
  }
  if (!weights.boolean_or("symmetric", true)) {
    refuse(weights, "symmetric", "false");
  }
  read_grain(weights, to);
  if (is_mxfp4 && (to.grain != scale_grain::group || to.block_cols != 32)) {
    weights.complain("group_size", "must be 32 for mxfp4");
  }
}

bool is_same_scheme(const quantization& a, const quantization& b) {
  return a.codes == b.codes && a.grain == b.grain && a.block_rows == b.block_rows
         && a.block_cols == b.block_cols;
}

quantization read_compressed(const json::object_reader& from) {
  quantization out{.is_compressed_tensors = true};
  const auto format =
      one_of(from, "format", "",
             {"float-quantized", "int-quantized", "naive-quantized", "mxfp4-pack-quantized"});
  (void)one_of(from, "quantization_status", "compressed", {"compressed"});
  out.codes = format == "mxfp4-pack-quantized" ? code_format::mxfp4 : code_format::int8;
  if (const auto sparse = from.maybe_object("sparsity_config")) {
    (void)one_of(*sparse, "format", "dense", {"dense"});
  }
  if (has_members(from.find("transform_config"))) {
    refuse(from, "transform_config", "a transform of weights");
  }
  const auto schemes = from.object("config_groups");
  const auto* groups = from.find("config_groups");
  if (!has_members(groups)) {
    from.complain("config_groups", "holds no scheme");
    return out;
  }
  std::optional<quantization> first;
  for (const auto& [name, scheme] : *groups->as_object()) {
    const auto weights = schemes.object(name).object("weights");
    auto one = out;
    read_scheme(weights, one);
    if (first && !is_same_scheme(*first, one)) {
      refuse(schemes, name, "a scheme that differs from the others'");
    }
    first = first ? first : std::move(one);
  }
  add_modules(from, "ignore", *first);
  return *std::move(first);
}

std::optional<quantization> read_method(const json::object_reader& from) {
  auto method = from.string_or("quant_method", "");
  const bool is_4bit = from.boolean_or("load_in_4bit", false);
  if (method.empty() && (is_4bit || from.boolean_or("load_in_8bit", false))) {
    method = "bitsandbytes";
  }
  if (method == "fp8") {
    return read_fp8(from);
  }
  if (method == "compressed-tensors") {
    return read_compressed(from);
  }
  if (method == "awq") {
    return read_awq(from);
  }
  if (method == "gptq") {
    return read_gptq(from);
  }
  if (method == "mxfp4") {
    return read_mxfp4(from);
  }
  const auto bits = is_4bit ? from.string_or("bnb_4bit_quant_type", "fp4") : "int8";
  refuse(from, "quant_method",
         method.empty() ? "an unnamed method"
                        : "\"" + method + "\"" + (method == "bitsandbytes" ? " " + bits : ""));
  return std::nullopt;
}

bool is_edge(std::string_view name, std::size_t at) {
  return at == 0 || at == name.size() || name[at] == '.' || name[at - 1] == '.';
}

} // namespace

bool quantization::is_plain(std::string_view module) const {
  return std::ranges::any_of(plain_modules, [&](const std::string& plain) {
    return (module.starts_with(plain) && is_edge(module, plain.size()))
           || (module.ends_with(plain) && is_edge(module, module.size() - plain.size()));
  });
}

result<std::optional<quantization>> read_quantization(const json::value& config,
                                                      const std::string& path) {
  json::complaints wrong;
  std::optional<quantization> found;
  const auto* text = config.find("text_config");
  for (const auto* place : {&config, text}) {
    const auto* entry = place == nullptr ? nullptr : place->find("quantization_config");
    if (entry != nullptr && !entry->is_null() && !found && wrong.empty()) {
      found = read_method({*entry, "quantization_config", wrong});
    }
  }
  if (const auto& first = wrong.first()) {
    return model_error(path, first->field, first->text, other_quantization);
  }
  return found;
}

} // namespace troupe::engine
