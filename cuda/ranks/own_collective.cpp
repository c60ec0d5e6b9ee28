// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/device/memory.hpp"
#include "cuda/ops/sum_ranks.hpp"
#include "cuda/ranks/collective.hpp"

namespace troupe::cuda {
namespace {

class own_collective final : public collective {
public:
  [[nodiscard]] status sum(std::span<const rank_part> parts, std::size_t count) override {
    if (parts.empty() || parts.size() > ops::summed_max) {
      return invalid_value;
    }
    ops::sum_ranks_args args{.ranks = static_cast<std::int32_t>(parts.size()), .count = count};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      args.each[i] = parts[i].data;
    }
    auto why = synchronize();
    if (why == success) {
      why = ops::sum_ranks(args, parts.front().on);
    }
    return why == success ? synchronize() : why;
  }
};

} // namespace

std::unique_ptr<collective> make_own_collective() {
  return std::make_unique<own_collective>();
}

} // namespace troupe::cuda
