// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/cpu_ops.hpp"
#include "engine/core/cpu/parallel.hpp"
#include "engine/model/checkpoint.hpp"
#include "engine/model/config.hpp"
#include "engine/model/decoder_forward.hpp"
#include "runtime/base/rng.hpp"
#include "test/conformance/support/numbers.hpp"
#include "test/conformance/support/step_runner.hpp"
#include "test/support/model_files.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace troupe;
using namespace troupe::engine;
using test::row_of;
using test::runner_sequence;
using test::slots_from;

namespace {

token_list random_tokens(std::size_t count, rng& random) {
  token_list tokens(count);
  for (auto& token : tokens) {
    token = static_cast<token_id>(random.below(101));
  }
  return tokens;
}

/// A random model and everything that runs it.
struct rig {
  explicit rig(std::uint32_t threads = 1, cpu::cpu_path path = cpu::cpu_path::automatic,
               weight_type type = weight_type::keep, const test::small_llama& of = {})
      : workers(threads) {
    test::write_model(directory.path(), of);
    const auto config = read_json_file(directory.path("config.json"));
    const auto spec = read_config(*config, "config.json");
    const auto files = checkpoint::open(directory.path());
    REQUIRE(spec.has_value());
    REQUIRE(files.has_value());
    auto loaded = load_decoder(*files, *spec, type, workers);
    REQUIRE(loaded.has_value());
    weights = *std::move(loaded);
    const auto pages = one_page(*spec, static_cast<std::int32_t>(block_tokens));
    layout = pages.layout;
    forward = std::make_unique<decoder_forward>(weights, pages, cpu::select_ops(path), workers);
    pool.assign(256 * layout.block_elements(), -7.0F);
  }

  void run(const std::vector<step_row>& rows) { forward->run(rows, pool.data()); }

  [[nodiscard]] std::vector<float> logits(std::size_t i) const {
    const auto view = forward->logits(i);
    return {view.begin(), view.end()};
  }

  /// Logits after the last token, the tokens being computed in chunks.
  std::vector<float> fill(const token_list& tokens, std::uint32_t chunk) {
    runner_sequence s{tokens, slots_from(3, tokens.size()), 0};
    while (s.computed < tokens.size()) {
      const auto count = std::min(chunk, static_cast<std::uint32_t>(tokens.size()) - s.computed);
      run({row_of(s, count)});
      s.computed += count;
    }
    return logits(0);
  }

  test::temporary_directory directory;
  cpu::parallel workers;
  decoder_weights weights;
  ops::kv_layout layout;
  std::unique_ptr<decoder_forward> forward;
  std::vector<float> pool;
};

} // namespace

TEST_CASE("logits, keys and values have the same bits in any chunking, path and threads") {
  rng random{1};
  const auto tokens = random_tokens(300, random);
  rig reference{1, cpu::cpu_path::portable};
  const auto expected = reference.fill(tokens, 300);
  for (const auto path : test::paths()) {
    for (const std::uint32_t threads : {1U, 2U, 3U}) {
      for (const std::uint32_t chunk : {1U, 7U, 16U, 30U, 300U}) {
        if (path == cpu::cpu_path::portable && (threads == 2 || chunk == 1)) {
          continue; // The slow path need not repeat every cell.
        }
        rig one{threads, path};
        CHECK(test::same_bits(one.fill(tokens, chunk), expected));
        CHECK(test::same_bits(one.pool, reference.pool));
      }
    }
  }
}

TEST_CASE("weights of bf16 that are widened have the bits of a checkpoint of fp32") {
  rng random{1};
  const auto tokens = random_tokens(300, random);
  rig checkpoint_f32{1, cpu::cpu_path::portable, weight_type::keep, {.type = "F32"}};
  const auto expected = checkpoint_f32.fill(tokens, 300);
  for (const auto path : test::paths()) {
    rig wide{2, path, weight_type::f32};
    CHECK(test::same_bits(wide.fill(tokens, 100), expected));
  }
  CHECK_FALSE(test::same_bits(rig{}.fill(tokens, 300), expected));
}

TEST_CASE("weights in blocks have the same bits in any chunking, path and threads") {
  rng random{7};
  const auto tokens = random_tokens(150, random);
  const test::small_llama of{.hidden = 64, .feed_forward = 96};
  for (const auto type : {weight_type::q8_0, weight_type::q4_0}) {
    rig reference{1, cpu::cpu_path::portable, type, of};
    const auto expected = reference.fill(tokens, 150);
    for (const auto path : test::paths()) {
      for (const std::uint32_t threads : {1U, 2U, 8U}) {
        for (const std::uint32_t chunk : {1U, 7U, 16U, 150U}) {
          rig one{threads, path, type, of};
          CHECK(test::same_bits(one.fill(tokens, chunk), expected));
          CHECK(test::same_bits(one.pool, reference.pool));
        }
      }
    }
  }
}

TEST_CASE("a sequence has the same bits alone and mixed into a batch of others") {
  rng random{2};
  std::vector<token_list> prompts;
  std::vector<std::vector<float>> alone;
  for (const std::size_t length : {1U, 5U, 16U, 17U, 40U, 90U, 131U, 33U}) {
    prompts.push_back(random_tokens(length, random));
    alone.push_back(rig{}.fill(prompts.back(), 1000));
  }
  for (const std::uint32_t threads : {1U, 2U}) {
    rig together{threads};
    std::vector<runner_sequence> sequences;
    slot_id next = 0;
    for (const auto& prompt : prompts) {
      sequences.push_back({prompt, slots_from(next, prompt.size()), 0});
      next += static_cast<slot_id>(sequences.back().blocks.size());
    }
    // Each step takes another number of tokens of each sequence that is not done.
    std::uint32_t step = 0;
    std::size_t done = 0;
    while (done < sequences.size()) {
      std::vector<step_row> rows;
      std::vector<std::size_t> finished;
      for (std::size_t i = 0; i < sequences.size(); ++i) {
        auto& s = sequences[i];
        const auto left = static_cast<std::uint32_t>(s.tokens.size()) - s.computed;
        if (left == 0) {
          continue;
        }
        const auto count = std::min(left, 1 + (step * 5 + static_cast<std::uint32_t>(i) * 3) % 23);
        rows.push_back(row_of(s, count));
        if (count == left) {
          finished.push_back(i);
        }
        s.computed += count;
      }
      together.run(rows);
      for (std::size_t i = 0; i < finished.size(); ++i) {
        CHECK(test::same_bits(together.logits(i), alone[finished[i]]));
      }
      done += finished.size();
      ++step;
    }
  }
}

TEST_CASE("decoding on blocks that another engine filled gives the same bits") {
  rng random{3};
  const auto tokens = random_tokens(50, random);
  rig whole;
  const auto expected = whole.fill(tokens, 50);
  rig source{2};
  runner_sequence first{{tokens.begin(), tokens.begin() + 48}, slots_from(7, 48), 0};
  source.run({row_of(first, 48)});
  rig target;
  const auto block = source.layout.block_elements();
  for (std::size_t i = 0; i < 3; ++i) {
    std::copy_n(source.pool.begin() + static_cast<std::ptrdiff_t>((7 + i) * block), block,
                target.pool.begin() + static_cast<std::ptrdiff_t>((20 - i) * block));
  }

  runner_sequence rest{tokens, {20, 19, 18, 2}, 48};
  target.run({row_of(rest, 1)});
  rest.computed = 49;
  target.run({row_of(rest, 1)});

  CHECK(test::same_bits(target.logits(0), expected));
}

TEST_CASE("an untied head and half precision weights run with the same invariance") {
  rng random{4};
  const auto tokens = random_tokens(40, random);
  const test::small_llama of{.type = "F16", .is_tied = false, .seed = 9};
  rig portable{1, cpu::cpu_path::portable, weight_type::keep, of};
  rig fast{2, cpu::cpu_path::automatic, weight_type::keep, of};
  CHECK(test::same_bits(fast.fill(tokens, 9), portable.fill(tokens, 40)));
}
