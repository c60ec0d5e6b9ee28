// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/decoder/decoder.hpp"

#include "engine/core/cpu/parallel.hpp"
#include "engine/model/checkpoint.hpp"
#include "engine/model/config.hpp"
#include "engine/model/decoder_forward.hpp"
#include "engine/model/rope_table.hpp"
#include "messages/vocab/block_naming.hpp"
#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

using namespace troupe;

namespace {

constexpr std::uint32_t pool_slots = 24;

/// models/tiny on both sides: the CPU's decoder as loaded, the device's from the same files.
class both_decoders {
public:
  both_decoders() : workers_(1), multiply_(cuda::make_own_product()) {
    const std::string directory = TROUPE_SOURCE_DIR "/models/tiny";
    auto files = engine::checkpoint::open(directory);
    REQUIRE(files.has_value());
    files_ = std::make_unique<engine::checkpoint>(*std::move(files));
    const auto config = engine::read_json_file(directory + "/config.json");
    REQUIRE(config.has_value());
    const auto spec = engine::read_config(*config, directory);
    REQUIRE(spec.has_value());
    spec_ = *spec;
    auto weights = engine::load_decoder(*files_, spec_, engine::weight_type::keep, workers_);
    REQUIRE(weights.has_value());
    weights_ = std::make_unique<engine::decoder_weights>(*std::move(weights));
    const auto pages = engine::one_page(spec_, block_tokens);
    layout_ = pages.layout;
    here_ = std::make_unique<engine::decoder_forward>(*weights_, pages, engine::cpu::select_ops(),
                                                      workers_);
    pool_here_.resize(pool_slots * layout_.block_elements());
    load_there();
  }

  /// Logits of the rows that want a token, of the CPU and of the device.
  struct logits {
    std::vector<std::vector<float>> here;
    std::vector<std::vector<float>> there;
  };
  logits run(const std::vector<engine::step_row>& rows, std::int32_t padded_to = 0) {
    here_->run(rows, pool_here_.data());
    auto batch = cuda::flatten(rows, layout_.block_size, pool_slots);
    if (padded_to > 0) {
      cuda::pad(batch, padded_to, pool_slots - 1);
    }
    REQUIRE(there_->begin(batch, through_, nullptr) == cuda::success);
    REQUIRE(there_->run(batch, layout_, pool_there_.data(), nullptr) == cuda::success);
    REQUIRE(cuda::synchronize() == cuda::success);
    const auto vocab = static_cast<std::size_t>(spec_.vocab);
    std::vector<float> all(batch.wanted.size() * vocab);
    REQUIRE(cuda::copy_out(all.data(), there_->logits(), all.size() * sizeof(float))
            == cuda::success);
    logits made;
    const auto wanted = static_cast<std::size_t>(
        std::ranges::count_if(rows, [](const engine::step_row& row) { return row.wants_token; }));
    for (std::size_t i = 0; i < wanted; ++i) {
      const auto one = here_->logits(i);
      made.here.emplace_back(one.begin(), one.end());
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(i * vocab);
      made.there.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(vocab));
    }
    return made;
  }

private:
  /// Rows of several tensors of the files, one after the other, as bytes of the device.
  cuda::ops::matrix_in matrix(const std::vector<std::string>& names) {
    std::vector<std::byte> bytes;
    for (const auto& name : names) {
      const auto place = files_->find(name);
      REQUIRE(place.tensor != nullptr);
      REQUIRE(place.tensor->type == "BF16");
      const auto data = place.tensor->data;
      bytes.insert(bytes.end(), data.begin(), data.end());
    }
    kept_.push_back(std::make_unique<test::device_array<std::byte>>(bytes));
    return {kept_.back()->data()};
  }
  const float* vector(const std::vector<float>& values) {
    vectors_.push_back(std::make_unique<test::device_array<float>>(values));
    return vectors_.back()->data();
  }

  void load_there() {
    engine::rope_table rope(spec_.rope, spec_.rotary_dim);
    constexpr std::uint32_t positions = pool_slots * block_tokens;
    rope.cover(positions);
    const auto turns = positions * static_cast<std::size_t>(spec_.rotary_dim) / 2;
    const auto* cos = vector({rope.cos(), rope.cos() + turns});
    const auto* sin = vector({rope.sin(), rope.sin() + turns});
    cuda::device_weights w;
    w.head = matrix({"model.embed_tokens.weight"});
    w.embedding = w.head.data;
    w.final_norm = vector(weights_->final_norm.weight);
    for (std::int32_t i = 0; i < spec_.layers; ++i) {
      const auto& layer = weights_->layers[static_cast<std::size_t>(i)];
      const auto name = "model.layers." + std::to_string(i) + ".";
      w.layers.push_back(
          {.input_norm = vector(layer.input_norm.weight),
           .qkv = matrix({name + "self_attn.q_proj.weight", name + "self_attn.k_proj.weight",
                          name + "self_attn.v_proj.weight"}),
           .attention_out = matrix({name + "self_attn.o_proj.weight"}),
           .post_norm = vector(layer.post_norm.weight),
           .gate_up = matrix({name + "mlp.gate_proj.weight", name + "mlp.up_proj.weight"}),
           .down = matrix({name + "mlp.down_proj.weight"}),
           .cos = cos,
           .sin = sin});
    }
    there_ = std::make_unique<cuda::decoder>(
        cuda::decoder_shape{.layers = spec_.layers,
                            .hidden = spec_.hidden,
                            .heads = spec_.heads,
                            .kv_heads = spec_.kv_heads,
                            .head_dim = spec_.head_dim,
                            .feed_forward = spec_.feed_forward,
                            .vocab = spec_.vocab,
                            .eps = spec_.norm_eps,
                            .rotary_dim = spec_.rotary_dim,
                            .attention_scale =
                                1.0F / std::sqrt(static_cast<float>(spec_.head_dim))},
        std::move(w), *multiply_);
    REQUIRE(there_->reserve(64, 8, 8, pool_slots, positions) == cuda::success);
    REQUIRE(pool_there_.resize(pool_slots * layout_.block_elements()) == cuda::success);
  }

  engine::cpu::parallel workers_;
  std::unique_ptr<cuda::product> multiply_;
  cuda::transfers through_;
  std::unique_ptr<engine::checkpoint> files_;
  engine::model_spec spec_;
  engine::ops::kv_layout layout_;
  std::unique_ptr<engine::decoder_weights> weights_;
  std::unique_ptr<engine::decoder_forward> here_;
  std::vector<float> pool_here_;
  std::vector<std::unique_ptr<test::device_array<std::byte>>> kept_;
  std::vector<std::unique_ptr<test::device_array<float>>> vectors_;
  std::unique_ptr<cuda::decoder> there_;
  cuda::device_buffer<cuda::bf16> pool_there_;
};

/// A sequence with slots of its own.
struct talk {
  token_list tokens;
  std::vector<engine::slot_id> slots;

  [[nodiscard]] engine::step_row row(std::size_t first, std::size_t count) const {
    engine::step_row made;
    made.tokens = std::span{tokens}.subspan(first, count);
    made.first_position = static_cast<std::uint32_t>(first);
    made.blocks = slots;
    made.wants_token = first + count == tokens.size();
    return made;
  }
};

talk talk_of(std::size_t length, token_id seed, engine::slot_id first_slot) {
  talk made{token_list(length), std::vector<engine::slot_id>(7)};
  for (std::size_t i = 0; i < length; ++i) {
    made.tokens[i] = static_cast<token_id>((seed + 37 * i * i) % 1000 + 300);
  }
  std::iota(made.slots.begin(), made.slots.end(), first_slot);
  return made;
}

/// Relative distance of two rows, and whether they agree on the best token where it is clear.
void check_logits(const both_decoders::logits& all, std::size_t expected_rows) {
  REQUIRE(all.here.size() == expected_rows);
  for (std::size_t i = 0; i < expected_rows; ++i) {
    const auto& here = all.here[i];
    const auto& there = all.there[i];
    double off = 0;
    double size = 0;
    for (std::size_t k = 0; k < here.size(); ++k) {
      off += std::pow(static_cast<double>(there[k]) - here[k], 2);
      size += std::pow(here[k], 2.0);
    }
    CHECK(std::sqrt(off / size) < 0.02);
    const auto best = std::ranges::max_element(here) - here.begin();
    const auto best_there = std::ranges::max_element(there) - there.begin();
    const auto gap =
        here[static_cast<std::size_t>(best)] - here[static_cast<std::size_t>(best_there)];
    CHECK(static_cast<double>(gap) < 0.05 * std::sqrt(size / static_cast<double>(here.size())));
  }
}

} // namespace

TEST_CASE("a decoder on a device says what the CPU's says, of prompts, chunks and single rows") {
  if (test::lacks_device()) {
    return;
  }
  both_decoders both;
  auto a = talk_of(40, 1, 0);
  auto b = talk_of(5, 11, 7);

  // A whole prompt beside the first part of another.
  check_logits(both.run({a.row(0, 25), b.row(0, 5)}), 1);
  b.tokens.push_back(700);
  // The rest of it beside a single row.
  check_logits(both.run({a.row(25, 15), b.row(5, 1)}), 2);
  a.tokens.push_back(450);
  b.tokens.push_back(451);
  // Single rows alone, padded as for a graph.
  check_logits(both.run({a.row(40, 1), b.row(6, 1)}, 4), 2);
  a.tokens.push_back(460);
  // One row: every product is one of vectors.
  check_logits(both.run({a.row(41, 1)}), 1);
}
