// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/engine/bench_model.hpp"

#include "apps/troupe/bench/engine/bench_checkpoint.hpp"

#include <cstdio>
#include <filesystem>

namespace troupe::bench {
namespace {

using engine::gguf_type;

gguf_type type_of(const std::string& name) {
  for (const auto type : {gguf_type::q8_0, gguf_type::q4_0, gguf_type::q4_k, gguf_type::q6_k}) {
    if (name == lower_name_of(type)) {
      return type;
    }
  }
  return gguf_type::bf16;
}

} // namespace

result<std::string> find_model_file(const app_config& config) {
  const auto& name = config.bench_shape;
  if (const auto* shape = find_shape(name); shape != nullptr) {
    std::fprintf(stderr, "bench: random weights of %s in %s\n", name.c_str(),
                 config.bench_dir.c_str());
    if (const auto codes = checkpoint_codes_of(config.bench_dtype)) {
      return write_checkpoint(*shape, *codes, config.bench_dir);
    }
    return write_shape(*shape, type_of(config.bench_dtype), config.bench_dir);
  }
  std::error_code ignored;
  if (std::filesystem::exists(name, ignored)) {
    return name;
  }
  return error{.code = errc::invalid_value,
               .text = "--shape " + name + " is neither a shape (" + shape_names()
                       + ") nor a model on this machine",
               .field = "bench.shape"};
}

engine::packed_cache_options named_packed_cache(const app_config& config,
                                                const std::string& model) {
  if (config.packed_cache == "auto") {
    return {};
  }
  return {.places = engine::packed_places(model, config.packed_cache, "")};
}

} // namespace troupe::bench
