// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/decoder/decoder.hpp"
#include "cuda/device/graph.hpp"
#include "engine/core/executor.hpp"
#include "test/conformance/support/numbers.hpp"
#include "test/gpu/support/device.hpp"
#include "test/gpu/support/small_model.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

using namespace troupe;

namespace {

using test::blocks;
using test::positions;

class small_decoder {
public:
  small_decoder() : multiply_(cuda::make_own_product()) {
    decoder_ = std::make_unique<cuda::decoder>(test::small_shape(), weights_.all(), *multiply_);
    REQUIRE(decoder_->reserve(64, 8, 8, blocks, positions) == cuda::success);
    REQUIRE(pool_.resize(8 * blocks * layout_.block_elements()) == cuda::success);
    REQUIRE(on_.make() == cuda::success);
  }

  /// Tokens [first, first + count) of the text of one sequence.
  static engine::step_row row(std::uint32_t sequence, std::uint32_t first, std::uint32_t count) {
    static const auto text = [] {
      std::vector<token_id> all(positions);
      for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = static_cast<token_id>((11 * i * i + 5) % 96);
      }
      return all;
    }();
    static const auto slots = [] {
      std::vector<engine::slot_id> all(8 * blocks);
      std::iota(all.rbegin(), all.rend(), 0U);
      return all;
    }();
    engine::step_row made;
    made.tokens = std::span{text}.subspan(first, count);
    made.first_position = first;
    made.blocks = std::span{slots}.subspan(sequence * blocks, blocks);
    made.wants_token = true;
    return made;
  }

  cuda::status try_begin(const cuda::step_batch& batch) {
    return decoder_->begin(batch, through_, on_.get());
  }
  cuda::step_batch begin(const std::vector<engine::step_row>& rows) {
    auto batch = cuda::flatten(rows, layout_.block_size, blocks);
    REQUIRE(decoder_->begin(batch, through_, on_.get()) == cuda::success);
    return batch;
  }
  cuda::status launch(const cuda::step_batch& batch) {
    return decoder_->run(batch, layout_, pool_.data(), on_.get());
  }
  std::vector<float> logits(std::size_t rows) {
    REQUIRE(on_.wait() == cuda::success);
    std::vector<float> all(rows * 96);
    REQUIRE(cuda::copy_out(all.data(), decoder_->logits(), all.size() * sizeof(float))
            == cuda::success);
    return all;
  }
  /// Of one row, of each sequence its last.
  std::vector<float> run(const std::vector<engine::step_row>& rows) {
    REQUIRE(launch(begin(rows)) == cuda::success);
    return logits(rows.size());
  }
  [[nodiscard]] const cuda::owned_stream& on() const { return on_; }

private:
  const engine::ops::kv_layout layout_{
      .layers = 2, .kv_heads = 2, .head_dim = 64, .block_size = 16};
  std::unique_ptr<cuda::product> multiply_;
  test::small_weights weights_;
  std::unique_ptr<cuda::decoder> decoder_;
  cuda::transfers through_;
  cuda::device_buffer<cuda::bf16> pool_;
  cuda::owned_stream on_;
};

double distance(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double off = 0;
  double size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    off += std::pow(static_cast<double>(a[i]) - b[i], 2);
    size += std::pow(a[i], 2.0);
  }
  return std::sqrt(off / size);
}

} // namespace

TEST_CASE("a prompt at once, in chunks and token by token ends with the same logits") {
  if (test::lacks_device()) {
    return;
  }
  small_decoder d;
  constexpr std::uint32_t length = 37;
  const auto whole = d.run({small_decoder::row(0, 0, length)});
  d.run({small_decoder::row(1, 0, 20), small_decoder::row(2, 0, 3)});
  const auto chunked = d.run({small_decoder::row(1, 20, length - 20)});
  std::vector<float> single;
  for (std::uint32_t i = 0; i < length; ++i) {
    single = d.run({small_decoder::row(3, i, 1)});
  }

  // Rounded to bf16 at another place here and there.
  CHECK(distance(whole, chunked) < 0.02);
  CHECK(distance(whole, single) < 0.02);
  const auto other = d.run({small_decoder::row(4, 0, length - 1)});
  CHECK(distance(whole, other) > 0.1);
}

TEST_CASE("a recorded step computes later steps of the same counts, with the same bits") {
  if (test::lacks_device()) {
    return;
  }
  small_decoder d;
  d.run({small_decoder::row(0, 0, 20), small_decoder::row(1, 0, 30)});
  const auto rows = [](std::uint32_t step) {
    return std::vector<engine::step_row>{small_decoder::row(0, 20 + step, 1),
                                         small_decoder::row(1, 30 + step, 1)};
  };
  auto batch = d.begin(rows(0));
  batch.visible_max = positions; // The graph's reach.
  REQUIRE(d.launch(batch) == cuda::success);
  const auto eager_first = d.logits(2);
  cuda::graph recorded;
  REQUIRE(recorded.record(d.on().get(), [&] { return d.launch(batch); }) == cuda::success);

  REQUIRE(recorded.launch(d.on().get()) == cuda::success);
  CHECK(test::same_bits(d.logits(2), eager_first));
  d.begin(rows(1));
  REQUIRE(recorded.launch(d.on().get()) == cuda::success);
  const auto replayed = d.logits(2);
  CHECK_FALSE(test::same_bits(replayed, eager_first));
  CHECK(test::same_bits(d.run(rows(1)), replayed));
}

TEST_CASE("a step larger than what was reserved is refused") {
  if (test::lacks_device()) {
    return;
  }
  small_decoder d;
  const std::vector<engine::step_row> rows(9, small_decoder::row(0, 0, 1));
  CHECK(d.try_begin(cuda::flatten(rows, 16, blocks)) == cuda::invalid_value);
}
