// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/quantized_weights.hpp"

#include "engine/model/model_error.hpp"
#include "engine/model/quantized_parts.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace troupe::engine {
namespace {

/// A matrix in codes: by which tensor it is known, and what it would be called without.
struct sign {
  std::string_view ending;
  std::string_view type; ///< Of that tensor; empty: any.
  std::string_view plain_ending;
};

sign sign_of(const quantization& how) {
  switch (how.codes) {
    case code_format::fp8_e4m3:
      return {".weight", "F8_E4M3", ".weight"};
    case code_format::int8:
      return {".weight", "I8", ".weight"};
    case code_format::mxfp4:
      return how.is_compressed_tensors ? sign{".weight_packed", "", ".weight"}
                                       : sign{"_blocks", "", ""};
    case code_format::awq_int4:
    case code_format::gptq_int4:
      break;
  }
  return {".qweight", "", ".weight"};
}

result<quantized_matrix> read(const quantized_parts& parts, const quantization& how,
                              const std::string& stem, const std::string& name) {
  switch (how.codes) {
    case code_format::fp8_e4m3:
    case code_format::int8:
      return parts.read_bytes(stem);
    case code_format::mxfp4:
      return parts.read_mxfp4(name,
                              stem + (how.is_compressed_tensors ? ".weight_scale" : "_scales"));
    case code_format::awq_int4:
      return parts.read_awq(stem);
    case code_format::gptq_int4:
      break;
  }
  return parts.read_gptq(stem);
}

/// Of the numbers, where `codes` is the shape of what stands for them.
std::vector<std::uint64_t> shape_of(const quantized_matrix& matrix,
                                    const std::vector<std::uint64_t>& codes) {
  if (codes.size() == 4) {
    return {codes[0], codes[1], matrix.cols};
  }
  return {matrix.rows, matrix.cols};
}

/// As a checkpoint has names of types.
std::string type_name(ops::dtype type) {
  std::string name{ops::name_of(type)};
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
  return name;
}

} // namespace

result<quantized_weights> quantized_weights::open(const quantization& how,
                                                  std::span<const safetensors_file> files) {
  const quantized_parts parts{how, files};
  const auto by = sign_of(how);
  quantized_weights all;
  for (const auto& [name, stored] : parts.tensors()) {
    if (!name.ends_with(by.ending) || (!by.type.empty() && stored.tensor->type != by.type)) {
      continue;
    }
    const std::string stem{name.substr(0, name.size() - by.ending.size())};
    if (how.is_plain(stem)) {
      return model_error(*stored.file, name,
                         "is quantized, but config.json lists " + stem + " as not converted",
                         "use weights and a config.json that belong together");
    }
    auto matrix = read(parts, how, stem, std::string{name});
    if (!matrix) {
      return matrix.err();
    }
    if (parts.has_zeros(stem + ".bias")) {
      all.idle_.insert(stem + ".bias");
    }
    auto& added = all.entries_[stem + std::string{by.plain_ending}];
    added.codes = *matrix;
    added.file = stored.file;
    added.tensor = {
        type_name(kept_type(*matrix)), shape_of(*matrix, stored.tensor->shape), {}, &added.codes};
  }
  return all;
}

const quantized_weights::entry* quantized_weights::find(std::string_view name) const {
  const auto at = entries_.find(name);
  return at == entries_.end() ? nullptr : &at->second;
}

} // namespace troupe::engine
