// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/ops/packed_slice.hpp"

#include "test/conformance/support/coded_weights.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace troupe;
using namespace troupe::engine::ops;

namespace {

std::vector<float> numbers_of(const packed_matrix& of) {
  std::vector<float> all(static_cast<std::size_t>(of.outputs)
                         * static_cast<std::size_t>(of.inputs));
  const auto row = static_cast<std::size_t>(of.inputs);
  for (std::int32_t panel = 0; panel < of.panels(); ++panel) {
    const auto first = static_cast<std::size_t>(panel * panel_width);
    const auto rows =
        std::min<std::size_t>(panel_width, static_cast<std::size_t>(of.outputs) - first);
    unpack_panel(of, panel, std::span{all}.subspan(first * row, rows * row));
  }
  return all;
}

} // namespace

TEST_CASE("slices of codes by inputs hold the numbers of those columns, of every type") {
  rng random{1};
  for (const auto type : {dtype::q8_0, dtype::q4_0, dtype::q4_k, dtype::q6_k, dtype::int4,
                          dtype::mxfp4, dtype::int8, dtype::fp8}) {
    CAPTURE(name_of(type));
    const auto unit = inputs_of_slice(type);
    const auto inputs = 5 * unit + (type == dtype::fp8 ? 40 : 0);
    const auto whole = test::make_coded(type, 21, inputs, random);
    for (const std::int32_t first : {0, unit, 3 * unit}) {
      for (const auto count : {unit, 2 * unit, inputs - first}) {
        const auto bytes = slice_inputs(whole.view(), first, count);
        const auto got = numbers_of({type, 21, count, bytes.data()});
        std::vector<float> expected;
        for (std::size_t n = 0; n < 21; ++n) {
          const auto begin = whole.values.begin() + static_cast<std::ptrdiff_t>(n) * inputs + first;
          expected.insert(expected.end(), begin, begin + count);
        }
        CHECK(got == expected);
      }
    }
  }
}
