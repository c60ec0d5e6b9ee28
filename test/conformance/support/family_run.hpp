// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/parallel.hpp"
#include "engine/model/checkpoint.hpp"
#include "engine/model/config.hpp"
#include "engine/model/decoder_forward.hpp"
#include "test/conformance/support/step_runner.hpp"
#include "test/support/golden_model.hpp"
#include "test/support/model_files.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace troupe::test {

/// Families that differ in what the bits depend on: plain, norms of heads, biases, windows on all
/// or on some layers, two ropes, a rope decided by the longest context.
inline const std::vector<std::string> invariant_families{
    "gemma3", "gpt_oss", "llama3", "mistral", "phi3_longrope", "qwen2", "qwen3"};
inline const std::vector<std::string> weight_types{"F32", "BF16", "F16"};

/// The weights of a golden family, loaded once for many runs.
struct family_model {
  family_model(const std::string& name, const std::string& type,
               engine::weight_type kept_as = engine::weight_type::keep)
      : golden(read_golden(name)) {
    write_golden(directory.path(), golden, type);
    const auto config = engine::read_json_file(directory.path("config.json"));
    REQUIRE(config.has_value());
    const auto spec = engine::read_config(*config, "config.json");
    const auto files = engine::checkpoint::open(directory.path());
    REQUIRE(spec.has_value());
    REQUIRE(files.has_value());
    engine::cpu::parallel workers{1};
    auto loaded = engine::load_decoder(*files, *spec, kept_as, workers);
    REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.err().text));
    weights = *std::move(loaded);
    tokens = golden.prompt;
    tokens.insert(tokens.end(), golden.greedy.begin(), golden.greedy.end());
  }

  golden_model golden;
  temporary_directory directory;
  engine::decoder_weights weights;
  token_list tokens; ///< The golden's prompt and answer.
};

/// One execution of such weights with a pool of its own.
struct family_run {
  explicit family_run(const family_model& of, std::uint32_t threads = 1,
                      std::int32_t block_size = static_cast<std::int32_t>(block_tokens))
      : workers(threads),
        layout(engine::one_page(of.weights.spec, block_size).layout),
        forward(of.weights, engine::one_page(of.weights.spec, block_size),
                engine::cpu::select_ops(engine::cpu::cpu_path::automatic), workers),
        pool(64 * layout.block_elements(), -7.0F) {}

  /// Slots from `first` on, enough for `tokens`.
  [[nodiscard]] std::vector<engine::slot_id> slots(engine::slot_id first,
                                                   std::size_t tokens) const {
    const auto size = static_cast<std::size_t>(layout.block_size);
    std::vector<engine::slot_id> all((tokens + size - 1) / size);
    std::iota(all.begin(), all.end(), first);
    return all;
  }

  void run(const std::vector<engine::step_row>& rows) { forward.run(rows, pool.data()); }

  [[nodiscard]] std::vector<float> logits(std::size_t i = 0) const {
    const auto view = forward.logits(i);
    return {view.begin(), view.end()};
  }

  /// Computes what is left of `s` up to `end`, by chunks; the logits after it.
  std::vector<float> fill(runner_sequence& s, std::uint32_t end, std::uint32_t chunk) {
    while (s.computed < end) {
      const auto count = std::min(chunk, end - s.computed);
      auto row = row_of(s, count);
      row.wants_token = s.computed + count == end;
      run({row});
      s.computed += count;
    }
    return logits();
  }

  std::vector<float> fill(const token_list& tokens, std::uint32_t chunk) {
    runner_sequence s{tokens, slots(3, tokens.size()), 0};
    return fill(s, static_cast<std::uint32_t>(tokens.size()), chunk);
  }

  /// The bytes of a slot.
  [[nodiscard]] std::vector<float> block(engine::slot_id slot) const {
    const auto at = pool.begin() + static_cast<std::ptrdiff_t>(slot * layout.block_elements());
    return {at, at + static_cast<std::ptrdiff_t>(layout.block_elements())};
  }

  engine::cpu::parallel workers;
  engine::ops::kv_layout layout;
  engine::decoder_forward forward;
  std::vector<float> pool;
};

/// Calls `check(model)` for every family in every type of weights.
template <class Check>
void for_invariant_models(Check check) {
  for (const auto& name : invariant_families) {
    for (const auto& type : weight_types) {
      CAPTURE(name);
      CAPTURE(type);
      check(family_model{name, type});
    }
  }
}

} // namespace troupe::test
