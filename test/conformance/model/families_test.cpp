// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/parallel.hpp"
#include "engine/model/checkpoint.hpp"
#include "engine/model/config.hpp"
#include "engine/model/decoder_forward.hpp"
#include "engine/model/native_executor.hpp"
#include "messages/vocab/error_codes.hpp"
#include "test/conformance/support/comparable_tokens.hpp"
#include "test/conformance/support/numbers.hpp"
#include "test/conformance/support/step_runner.hpp"
#include "test/support/golden_model.hpp"
#include "test/support/model_files.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>

using namespace troupe;
using namespace troupe::engine;

namespace {

const std::vector<std::string> runs{"deepseek_v3",
                                    "deepseek_v3_plain",
                                    "falcon3",
                                    "falcon_11b",
                                    "falcon_40b",
                                    "falcon_7b",
                                    "gemma2",
                                    "gemma3",
                                    "gemma3_wrapped",
                                    "gpt_oss",
                                    "llama2",
                                    "llama3",
                                    "llama4_maverick",
                                    "llama4_scout",
                                    "llama4_wrapped",
                                    "mistral",
                                    "mistral_nemo",
                                    "mixtral",
                                    "phi3",
                                    "phi3_longrope",
                                    "phi4",
                                    "phi4_mini",
                                    "qwen2",
                                    "qwen2_moe",
                                    "qwen2_window",
                                    "qwen3",
                                    "qwen3_moe"};

double distance(std::span<const float> got, const std::vector<float>& expected) {
  REQUIRE(got.size() == expected.size());
  double difference = 0;
  double length = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    difference += std::pow(static_cast<double>(got[i]) - static_cast<double>(expected[i]), 2);
    length += std::pow(static_cast<double>(expected[i]), 2);
  }
  return std::sqrt(difference / length);
}

/// A golden model and everything that runs it.
struct rig {
  rig(const std::string& directory, cpu::cpu_path path, std::uint32_t threads = 1,
      weight_type type = weight_type::keep)
      : workers(threads) {
    const auto config = read_json_file(directory + "/config.json");
    const auto spec = read_config(*config, "config.json");
    const auto files = checkpoint::open(directory);
    REQUIRE_MESSAGE(spec.has_value(), (spec ? "" : spec.err().text));
    REQUIRE(files.has_value());
    auto loaded = load_decoder(*files, *spec, type, workers);
    REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.err().text));
    weights = *std::move(loaded);
    const auto pages = one_page(*spec, static_cast<std::int32_t>(block_tokens));
    layout = pages.layout;
    forward = std::make_unique<decoder_forward>(weights, pages, cpu::select_ops(path), workers);
    pool.assign(32 * layout.block_elements(), -7.0F);
  }

  [[nodiscard]] std::vector<float> logits(std::size_t i) const {
    const auto view = forward->logits(i);
    return {view.begin(), view.end()};
  }

  cpu::parallel workers;
  decoder_weights weights;
  ops::kv_layout layout;
  std::unique_ptr<decoder_forward> forward;
  std::vector<float> pool;
};

token_list all_tokens(const test::golden_model& golden) {
  auto tokens = golden.prompt;
  tokens.insert(tokens.end(), golden.greedy.begin(), golden.greedy.end());
  return tokens;
}

/// Logits after each of the golden positions, prompt and golden answer being fed in pieces that end
/// there.
std::vector<std::vector<float>> logits_of(const test::golden_model& golden,
                                          const std::string& directory, cpu::cpu_path path,
                                          weight_type type = weight_type::keep) {
  rig one{directory, path, 1, type};
  const auto tokens = all_tokens(golden);
  test::runner_sequence s{tokens, test::slots_from(1, tokens.size()), 0};
  std::vector<std::vector<float>> rows;
  for (const auto position : golden.positions) {
    auto row = test::row_of(s, static_cast<std::uint32_t>(position) + 1 - s.computed);
    row.wants_token = true;
    one.forward->run({&row, 1}, one.pool.data());
    s.computed = static_cast<std::uint32_t>(position) + 1;
    rows.push_back(one.logits(0));
  }
  return rows;
}

/// A Gemma of bf16 scales its embedding by a root that bf16 rounds, so it may only be held to bf16.
bool is_same_in_bf16(const test::golden_model& golden) {
  return !golden.family.starts_with("gemma");
}

/// The largest distance from fp32, which is held to `limit`. That from bf16 has transformers' own
/// rounding in it: where ours rounds too, `limit` and its distance from fp32 are taken as sides of
/// a right angle, since errors of neither know the other's.
double check_logits(const test::golden_model& golden, const std::vector<std::vector<float>>& got,
                    double limit) {
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(golden.positions[i]);
    const double off = distance(got[i], golden.fp32[i]);
    CHECK(off <= limit);
    const double theirs =
        limit > golden.fp32_limit ? distance(golden.bf16[i], golden.fp32[i]) : 0.0;
    CHECK(distance(got[i], golden.bf16[i]) <= std::hypot(golden.bf16_limit, theirs));
    worst = std::max(worst, off);
  }
  return worst;
}

/// The golden answer is fed whatever comes out, so that each of its tokens is comparable; how many
/// were.
std::size_t check_tokens(const test::golden_model& golden, executor& execution, double gap_min) {
  const auto pages = execution.traits().groups.pages();
  execution.allocate_pool(8 * pages);
  std::size_t compared = 0;
  test::runner_sequence s{
      golden.prompt, test::slots_from(0, golden.prompt.size() + golden.greedy.size(), pages), 0};
  for (std::size_t i = 0; i < golden.greedy.size(); ++i) {
    step_plan plan;
    plan.rows.push_back(test::row_of(s, static_cast<std::uint32_t>(s.tokens.size()) - s.computed));
    step_output out;
    execution.execute(plan, out);
    s.computed = static_cast<std::uint32_t>(s.tokens.size());
    s.tokens.push_back(golden.greedy[i]);
    REQUIRE(golden.gaps[i] >= 0.05);
    if (golden.gaps[i] >= gap_min) {
      CAPTURE(i);
      CHECK(out.tokens.at(0) == golden.greedy[i]);
      ++compared;
    }
  }
  return compared;
}

void check_family(const test::golden_model& golden, const std::string& directory,
                  const std::string& type) {
  const double limit = type == "F32" ? golden.fp32_limit : golden.bf16_limit;
  const double gap_min = test::least_gap(golden, type);
  double worst = 0;
  std::size_t compared = 0;
  for (const auto path : test::paths()) {
    CAPTURE(path);
    worst = std::max(worst, check_logits(golden, logits_of(golden, directory, path), limit));
    if (type == "BF16" && is_same_in_bf16(golden)) {
      check_logits(golden, logits_of(golden, directory, path, weight_type::f32), golden.fp32_limit);
    }
    auto model = load_native(directory, {.threads = 2, .path = path});
    REQUIRE_MESSAGE(model.has_value(), (model ? "" : model.err().text));
    compared = check_tokens(golden, *(*model).execution, gap_min);
  }
  CHECK(compared >= golden.greedy.size() / 2);
  MESSAGE(golden.family << " in " << type << ": " << worst << " of " << limit << ", " << compared
                        << " of " << golden.greedy.size() << " tokens comparable and equal");
}

} // namespace

TEST_CASE("every family with a golden runs") {
  CHECK(runs == test::golden_names());
}

TEST_CASE("families give the logits and greedy tokens that transformers gave") {
  for (const auto& name : runs) {
    const auto golden = test::read_golden(name);
    for (const std::string type : {"F32", "BF16"}) {
      const test::temporary_directory directory;
      test::write_golden(directory.path(), golden, type);
      CAPTURE(name);
      CAPTURE(type);
      check_family(golden, directory.path(), type);
    }
  }
}

/// Prompt and answer in pieces of `chunk` beside another sequence that goes another way; what the
/// first one's blocks and last logits became.
std::vector<float> bits_of(rig& one, const test::golden_model& golden, std::uint32_t chunk,
                           bool has_company) {
  const auto tokens = all_tokens(golden);
  test::runner_sequence s{tokens, test::slots_from(0, tokens.size()), 0};
  const token_list others{golden.greedy};
  test::runner_sequence other{others, test::slots_from(20, others.size()), 0};
  while (s.computed < tokens.size()) {
    const auto left = static_cast<std::uint32_t>(tokens.size()) - s.computed;
    const auto count = std::min(chunk, left);
    std::vector<step_row> rows{test::row_of(s, count)};
    if (has_company && other.computed < others.size()) {
      rows.push_back(test::row_of(other, 2));
      other.computed += 2;
    }
    one.forward->run(rows, one.pool.data());
    s.computed += count;
  }
  auto bits = one.logits(0);
  bits.insert(bits.end(), one.pool.begin(),
              one.pool.begin()
                  + static_cast<std::ptrdiff_t>(s.blocks.size() * one.layout.block_elements()));
  return bits;
}

TEST_CASE("families give the same bits in any chunking and batch, on any path and threads") {
  for (const auto& name : runs) {
    CAPTURE(name);
    const auto golden = test::read_golden(name);
    const test::temporary_directory directory;
    test::write_golden(directory.path(), golden, "BF16");
    rig reference{directory.path(), cpu::cpu_path::portable};
    const auto expected = bits_of(reference, golden, 1000, false);
    for (const auto path : test::paths()) {
      for (const std::uint32_t chunk : {1U, 7U, 40U}) {
        rig one{directory.path(), path, chunk == 7 ? 2U : 3U};
        CHECK(test::same_bits(bits_of(one, golden, chunk, true), expected));
      }
    }
  }
}

TEST_CASE("a cap of attention scores holds: a low one levels them, a high one leaves them") {
  const auto golden = test::read_golden("gemma3");
  const auto last_logits = [&](std::string_view field, double value, cpu::cpu_path path) {
    auto changed = golden;
    changed.config.set(field, value);
    const test::temporary_directory directory;
    test::write_golden(directory.path(), changed, "F32");
    return logits_of(changed, directory.path(), path).back();
  };
  for (const auto path : test::paths()) {
    CAPTURE(path);
    const auto low = last_logits("attn_logit_softcapping", 1e-4, path);
    const auto high = last_logits("attn_logit_softcapping", 1e6, path);
    const auto level = last_logits("query_pre_attn_scalar", 1e6, path);
    CHECK(distance(high, golden.fp32.back()) < 1e-3);
    CHECK(distance(low, golden.fp32.back()) > 0.1);
    CHECK(distance(low, level) < 0.1 * distance(low, golden.fp32.back()));
  }
}

TEST_CASE("a tensor that is missing from a family's files is named") {
  for (const auto& name : runs) {
    const auto golden = test::read_golden(name);
    cpu::parallel workers{1};
    for (const auto& tensor : golden.tensors) {
      if (tensor.name.find("layers.1.") == std::string::npos
          && tensor.name.find("h.1.") == std::string::npos) {
        continue;
      }
      auto less = golden;
      std::erase_if(less.tensors, [&](const auto& one) { return one.name == tensor.name; });
      const test::temporary_directory directory;
      test::write_golden(directory.path(), less, "BF16");
      const auto spec = read_config(golden.config, "config.json");
      const auto files = checkpoint::open(directory.path());
      const auto loaded = load_decoder(*files, *spec, weight_type::keep, workers);
      CAPTURE(name);
      CAPTURE(tensor.name);
      if (tensor.name.find("vision") != std::string::npos) {
        CHECK(loaded.has_value());
        continue;
      }
      REQUIRE_FALSE(loaded.has_value());
      CHECK(loaded.err().code == errors::model_invalid);
      CHECK(loaded.err().field == tensor.name);
    }
  }
}
