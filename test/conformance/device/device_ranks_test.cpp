// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/conformance/device/on_device.hpp"
#include "test/support/golden_model.hpp"
#include "test/support/model_files.hpp"
#include "test/support/quantized_golden.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;
using namespace troupe::engine;

namespace {

constexpr std::int32_t most_ranks = 4;

/// Distances of the models of a directory that could be cut, as one rank and as several has them.
struct outcome {
  std::size_t cut = 0;
  std::size_t refused = 0;
};

/// 1 where the model has experts.
template <class Golden>
std::size_t check_shared_out(const std::string& name, const std::string& directory,
                             const Golden& golden) {
  if (test::spec_of(directory).experts.count == 0) {
    return 0;
  }
  CAPTURE(name);
  const auto alone = test::on_device(directory, weight_type::keep);
  const auto cut = test::on_device(directory, weight_type::keep, 2);
  const auto shared = test::on_device(directory, weight_type::keep, 2, true);
  REQUIRE_MESSAGE(shared.has_value(), (shared ? "" : shared.err().text));
  CHECK((!cut || (*cut)->traits().layout != (*shared)->traits().layout));
  const auto worst =
      test::worst_distance(test::logprobs_after(**shared, golden.prompt, golden.positions),
                           test::logprobs_after(**alone, golden.prompt, golden.positions));
  MESSAGE(name << ": " << worst);
  CHECK(worst <= 0.02);
  return 1;
}

} // namespace

TEST_CASE("a model that several ranks share answers as on one, of every family that can be cut") {
  outcome all;
  for (const auto& name : test::golden_names()) {
    const auto golden = test::read_golden(name);
    const test::temporary_directory directory;
    test::write_golden(directory.path(), golden, "BF16");
    const auto alone = test::on_device(directory.path(), weight_type::keep);
    const auto expected = test::logprobs_after(**alone, golden.prompt, golden.positions);
    CAPTURE(name);
    CHECK(test::copies_whole_pages(**alone, golden.prompt));
    for (const std::int32_t ranks : {2, most_ranks}) {
      CAPTURE(ranks);
      const auto shared = test::on_device(directory.path(), weight_type::keep, ranks);
      if (!shared) {
        CHECK(shared.err().field == "engine.tensor_parallel");
        ++all.refused;
        continue;
      }
      ++all.cut;
      const auto& traits = (*shared)->traits();
      CHECK(traits.layout != (*alone)->traits().layout);
      // A sequence as long as may be fits the pool.
      CHECK(traits.context_tokens_max / block_tokens * traits.block_bytes
            <= test::device_pool_bytes);
      const auto got = test::logprobs_after(**shared, golden.prompt, golden.positions);
      CHECK(test::copies_whole_pages(**shared, golden.prompt));
      const auto worst = test::worst_distance(got, expected);
      MESSAGE(name << ", " << ranks << " ranks: " << worst);
      CHECK(worst <= 0.02);
    }
  }
  MESSAGE(all.cut << " cut, " << all.refused << " refused");
  CHECK(all.cut >= 27);
}

TEST_CASE("keys and values in fp8 take half the bytes and change answers little, in every family") {
  for (const auto& name : test::golden_names()) {
    CAPTURE(name);
    const auto golden = test::read_golden(name);
    const test::temporary_directory directory;
    test::write_golden(directory.path(), golden, "BF16");
    const auto exact = test::on_device(directory.path(), weight_type::keep);
    const auto small = test::on_device(directory.path(), weight_type::keep, 1, false, true);
    REQUIRE_MESSAGE(small.has_value(), (small ? "" : small.err().text));
    CHECK(2 * (*small)->traits().block_bytes == (*exact)->traits().block_bytes);
    CHECK((*small)->traits().layout != (*exact)->traits().layout);
    CHECK(test::copies_whole_pages(**small, golden.prompt));
    const auto worst =
        test::worst_distance(test::logprobs_after(**small, golden.prompt, golden.positions),
                             test::logprobs_after(**exact, golden.prompt, golden.positions));
    MESSAGE(name << ": " << worst);
    CHECK(worst > 0);
    // Another rounding may choose other experts.
    CHECK(worst <= (test::spec_of(directory.path()).experts.count > 0 ? 0.2 : 0.06));
  }
}

TEST_CASE("experts that stand whole on one rank each answer as on one rank") {
  std::size_t models = 0;
  for (const auto& name : test::golden_names()) {
    const auto golden = test::read_golden(name);
    const test::temporary_directory directory;
    test::write_golden(directory.path(), golden, "BF16");
    models += check_shared_out(name, directory.path(), golden);
  }
  for (const auto& name : test::quantized_golden_names()) {
    const auto golden = test::read_quantized_golden(name);
    const test::temporary_directory directory;
    test::write_model(directory.path(), golden);
    models += check_shared_out(name, directory.path(), golden);
  }
  MESSAGE(models << " models");
  CHECK(models >= 9);
}

TEST_CASE("codes are cut with their scales, or go as bf16 where a cut would split them") {
  std::size_t cut = 0;
  for (const auto& name : test::quantized_golden_names()) {
    CAPTURE(name);
    const auto golden = test::read_quantized_golden(name);
    const test::temporary_directory directory;
    test::write_model(directory.path(), golden);
    const auto alone = test::on_device(directory.path(), weight_type::keep);
    const auto shared = test::on_device(directory.path(), weight_type::keep, 2);
    if (!shared) {
      CHECK(shared.err().field == "engine.tensor_parallel");
      continue;
    }
    ++cut;
    const auto worst =
        test::worst_distance(test::logprobs_after(**shared, golden.prompt, golden.positions),
                             test::logprobs_after(**alone, golden.prompt, golden.positions));
    MESSAGE(name << ": " << worst);
    CHECK(worst <= 0.02);
  }
  CHECK(cut >= 6);
}
