// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/logprobs.hpp"

#include "cuda/ops/sample.hpp"
#include "engine/core/logprobs.hpp"
#include "test/conformance/support/numbers.hpp"
#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace troupe;

namespace {

bool is_next_to(float got, float expected) {
  return got == expected || std::abs(got - expected) <= std::abs(expected) * 0x1p-23F;
}

} // namespace

TEST_CASE("logprobs are the CPU's, with equal logits, banned tokens and small vocabularies") {
  if (test::lacks_device()) {
    return;
  }
  rng random{1};
  for (const std::size_t vocab : {1U, 3U, 33U, 700U, 2000U}) {
    CAPTURE(vocab);
    constexpr std::size_t rows = 6;
    auto logits = test::normals(rows * vocab, 5, random);
    std::vector<std::uint32_t> tokens(rows);
    for (std::size_t r = 0; r < rows; ++r) {
      tokens[r] = static_cast<std::uint32_t>(random.below(vocab));
      for (std::size_t i = 0; i < vocab; ++i) {
        auto& logit = logits[r * vocab + i];
        const auto kind = i == tokens[r] ? 0 : random.below(6);
        logit = kind == 1   ? std::round(logit) / 4
                : kind == 2 ? -std::numeric_limits<float>::infinity()
                            : logit;
      }
    }
    tokens[4] = cuda::ops::no_token;
    const std::vector<std::int32_t> index{0, 2, 3, 4, 5};
    for (const std::size_t wanted : {0U, 1U, 20U}) {
      const auto top = std::min(wanted, vocab);
      const test::device_array<float> logits_there(logits);
      const test::device_array<std::uint32_t> tokens_there(tokens);
      const test::device_array<std::int32_t> index_there(index);
      const test::device_array<float> logprob(std::vector<float>(index.size(), 7));
      const test::device_array<std::uint32_t> ids(index.size() * std::max<std::size_t>(top, 1));
      const test::device_array<float> likeliest(index.size() * std::max<std::size_t>(top, 1));
      REQUIRE(cuda::ops::logprobs({.logits = logits_there.data(),
                                   .rows = static_cast<std::int32_t>(index.size()),
                                   .vocab = static_cast<std::int32_t>(vocab),
                                   .index = index_there.data(),
                                   .tokens = tokens_there.data(),
                                   .top = static_cast<std::int32_t>(top),
                                   .logprob = logprob.data(),
                                   .top_ids = ids.data(),
                                   .top_logprobs = likeliest.data()},
                                  nullptr)
              == cuda::success);
      const auto got = logprob.read();
      const auto got_ids = ids.read();
      const auto got_top = likeliest.read();
      for (std::size_t i = 0; i < index.size(); ++i) {
        const auto r = static_cast<std::size_t>(index[i]);
        if (tokens[r] == cuda::ops::no_token) {
          CHECK(got[i] == 7);
          continue;
        }
        const auto expected = engine::logprobs_of(std::span{logits}.subspan(r * vocab, vocab),
                                                  tokens[r], static_cast<std::uint32_t>(top));
        CHECK(is_next_to(got[i], expected.logprob));
        REQUIRE(expected.top.size() == top);
        for (std::size_t n = 0; n < top; ++n) {
          CHECK(got_ids[i * top + n] == expected.top[n].token);
          CHECK(is_next_to(got_top[i * top + n], expected.top[n].logprob));
        }
      }
    }
  }
}
