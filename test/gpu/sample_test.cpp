// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/sample.hpp"

#include "cuda/core/sample_row.hpp"
#include "engine/core/sampler.hpp"
#include "test/conformance/support/numbers.hpp"
#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace troupe;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// One row of logits for each way of sampling; what the device chooses.
std::vector<std::uint32_t> chosen_there(const std::vector<float>& logits, std::size_t vocab,
                                        const std::vector<sampling>& how) {
  std::vector<cuda::ops::sample_row> rows;
  for (std::size_t r = 0; r < how.size(); ++r) {
    rows.push_back(cuda::sample_row_of(how[r], 1, static_cast<std::uint32_t>(r)));
  }
  const test::device_array<float> logits_there(logits);
  const test::device_array<cuda::ops::sample_row> rows_there(rows);
  const test::device_array<std::uint32_t> tokens(how.size());
  REQUIRE(cuda::ops::sample({.logits = logits_there.data(),
                             .logits_stride = logits.size() / how.size(),
                             .rows = static_cast<std::int32_t>(how.size()),
                             .vocab = static_cast<std::int32_t>(vocab),
                             .how = rows_there.data(),
                             .tokens = tokens.data()},
                            nullptr)
          == cuda::success);
  return tokens.read();
}

std::vector<std::uint32_t> chosen_here(const std::vector<float>& logits, std::size_t vocab,
                                       const std::vector<sampling>& how) {
  engine::sampler sampler;
  std::vector<std::uint32_t> tokens;
  const auto stride = logits.size() / how.size();
  for (std::size_t r = 0; r < how.size(); ++r) {
    const auto token = sampler.choose(std::span{logits}.subspan(r * stride, vocab), how[r], 1,
                                      static_cast<std::uint32_t>(r));
    tokens.push_back(token ? *token : cuda::ops::no_token);
  }
  return tokens;
}

sampling drawn_sampling(rng& random) {
  sampling how;
  how.temperature = static_cast<float>(random.below(5)) * 0.4F;
  how.seed = random();
  how.top_k = random.below(2) == 0 ? 0 : static_cast<std::uint32_t>(1 + random.below(50));
  how.top_p = random.below(2) == 0 ? 1.0F : static_cast<float>(0.05 + 0.9 * random.uniform());
  how.min_p = random.below(3) == 0 ? static_cast<float>(random.uniform()) * 0.2F : 0.0F;
  return how;
}

} // namespace

TEST_CASE(
    "sample draws the CPU's tokens for every mixture of temperature, top_k, top_p and min_p") {
  if (test::lacks_device()) {
    return;
  }
  rng random{1};
  for (const std::size_t vocab : {1U, 2U, 31U, 32U, 513U, 3000U}) {
    constexpr std::size_t rows = 24;
    const auto stride = vocab + 5;
    auto logits = test::normals(rows * stride, 3, random);
    for (auto& logit : logits) {
      // Equal ones, both zeros, and what a rule has banned.
      const auto kind = random.below(6);
      logit = kind == 0 ? std::round(logit) : kind == 1 ? -infinity : logit;
    }
    std::vector<sampling> how;
    for (std::size_t r = 0; r < rows; ++r) {
      how.push_back(drawn_sampling(random));
      logits[r * stride + random.below(vocab)] = 2; // So that a finite one is there.
    }
    CHECK(chosen_there(logits, vocab, how) == chosen_here(logits, vocab, how));
  }
}

TEST_CASE("sample takes the lowest id of equal logits, by its draw one of all") {
  if (test::lacks_device()) {
    return;
  }
  constexpr std::size_t vocab = 300;
  constexpr std::size_t rows = 40;
  const std::vector<float> logits(rows * vocab, -0.0F);
  std::vector<sampling> how(rows);
  for (std::size_t r = 0; r < rows; ++r) {
    how[r] = {.temperature = r < 3 ? 0.0F : 1.0F,
              .top_p = r % 2 == 0 ? 1.0F : 0.3F,
              .top_k = r % 3 == 0 ? 7U : 0U,
              .seed = r};
  }
  const auto got = chosen_there(logits, vocab, how);
  CHECK(got == chosen_here(logits, vocab, how));
  CHECK(got[0] == 0);
}

TEST_CASE("sample says no_token of a row without finite logits, as the CPU does") {
  if (test::lacks_device()) {
    return;
  }
  constexpr std::size_t vocab = 40;
  std::vector<float> logits(4 * vocab, 1.0F);
  logits[7] = std::numeric_limits<float>::quiet_NaN();
  logits[vocab + 39] = infinity;
  std::fill_n(logits.begin() + 2 * vocab, vocab, -infinity);
  for (const float temperature : {0.0F, 1.0F}) {
    const std::vector<sampling> how(4, {.temperature = temperature, .seed = 3});
    const auto got = chosen_there(logits, vocab, how);
    CHECK(got == chosen_here(logits, vocab, how));
    CHECK(got[0] == cuda::ops::no_token);
    CHECK(got[1] == cuda::ops::no_token);
    CHECK(got[2] == cuda::ops::no_token);
    CHECK(got[3] < vocab);
  }
}

TEST_CASE("sample refuses an empty vocabulary and one whose ids take more than three bytes") {
  CHECK(cuda::ops::sample({.rows = 1, .vocab = 0}, nullptr) == cuda::invalid_value);
  CHECK(cuda::ops::sample({.rows = 1, .vocab = (1 << 24) + 1}, nullptr) == cuda::invalid_value);
}
