// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/weight_hash.hpp"

#include "test/support/golden_model.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace troupe;

TEST_CASE("hashed weights are those that the golden script computed") {
  const auto names = test::golden_names();
  REQUIRE_FALSE(names.empty());
  for (const auto& name : names) {
    const auto golden = test::read_golden(name);
    REQUIRE(golden.known.size() >= 4);
    for (const auto& known : golden.known) {
      const auto tensor =
          std::ranges::find(golden.tensors, known.tensor, &test::golden_tensor::name);
      REQUIRE(tensor != golden.tensors.end());
      const engine::weight_hash hash{golden.seed, known.tensor};
      CAPTURE(name);
      CHECK(hash.value(known.index, tensor->center, tensor->spread) == known.value);
    }
    const engine::weight_hash hash{golden.seed, "prompt"};
    const auto* text = golden.config.find("text_config");
    const auto vocab = static_cast<std::uint64_t>(
        *(text != nullptr ? *text : golden.config).find("vocab_size")->as_integer());
    for (std::size_t i = 0; i < golden.prompt.size(); ++i) {
      CHECK(hash.draw(i) % vocab == golden.prompt[i]);
    }
  }
}

TEST_CASE("hashed weights differ by seed, name and element, within their bounds") {
  const engine::weight_hash a{1, "model.norm.weight"};
  const engine::weight_hash b{2, "model.norm.weight"};
  const engine::weight_hash c{1, "model.norm.bias"};
  double sum = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const float value = a.value(i, 1024, 128);
    CHECK(value >= 0.875F);
    CHECK(value <= 1.125F);
    sum += static_cast<double>(value);
    CHECK(a.draw(i) != a.draw(i + 1));
    CHECK(a.draw(i) != b.draw(i));
    CHECK(a.draw(i) != c.draw(i));
  }
  CHECK(sum == doctest::Approx(1000).epsilon(0.01));
}
