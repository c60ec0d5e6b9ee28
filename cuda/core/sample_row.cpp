// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/sample_row.hpp"

#include "engine/core/sampler.hpp"

#include <cmath>
#include <limits>

namespace troupe::cuda {

ops::sample_row sample_row_of(const sampling& how, std::uint32_t choice, std::uint32_t index) {
  ops::sample_row row{.top_p = how.top_p, .top_k = how.top_k, .is_greedy = !(how.temperature > 0)};
  if (row.is_greedy) {
    return row;
  }
  row.scale = 1.0 / how.temperature;
  row.draw = engine::sampling_draw(how.seed, choice, index);
  row.least = how.min_p > 0 ? static_cast<double>(std::log(how.min_p) * how.temperature)
                            : -std::numeric_limits<double>::infinity();
  return row;
}

} // namespace troupe::cuda
