// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/objectives.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace troupe::shell {

namespace {

/// The least time that a share of them does not exceed.
std::optional<double> at_rank(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) {
    return std::nullopt;
  }
  const auto rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

struct times {
  service_level out;
  std::vector<double> ttft;
  std::vector<double> tpot;
  std::uint64_t met = 0;

  void add(const request_info& what, const objectives& aim) {
    ++out.requests;
    switch (what.phase) {
      case request_phase::open:
        return;
      case request_phase::completed:
        ++out.completed;
        break;
      case request_phase::failed:
        ++out.failed;
        break;
      case request_phase::abandoned:
        ++out.abandoned;
        break;
    }
    if (const auto first = ttft_ms_of(what); first > 0) {
      ttft.push_back(first);
    }
    if (const auto between = tpot_ms_of(what)) {
      tpot.push_back(*between);
    }
    met += meets(what, aim) ? 1 : 0;
  }

  service_level level() {
    std::ranges::sort(ttft);
    std::ranges::sort(tpot);
    out.ttft_ms = {at_rank(ttft, 0.5), at_rank(ttft, 0.95), at_rank(ttft, 0.99)};
    out.tpot_ms = {at_rank(tpot, 0.5), at_rank(tpot, 0.95)};
    if (const auto ended = out.completed + out.failed + out.abandoned; ended > 0) {
      out.within = static_cast<double>(met) / static_cast<double>(ended);
    }
    return out;
  }
};

} // namespace

double ttft_ms_of(const request_info& what) {
  return static_cast<double>(what.first_token_ms);
}

std::optional<double> tpot_ms_of(const request_info& what) {
  const auto tokens =
      static_cast<double>(what.accepted_tokens) / std::max<std::uint32_t>(what.choices, 1);
  if (what.first_token_ms == 0 || tokens < 2) {
    return std::nullopt;
  }
  return static_cast<double>(what.last_token_ms - what.first_token_ms) / (tokens - 1);
}

bool meets(const request_info& what, const objectives& aim) {
  const auto first = ttft_ms_of(what);
  return what.phase != request_phase::failed && first > 0 && first <= aim.ttft_ms
         && tpot_ms_of(what).value_or(0) <= aim.tpot_ms;
}

std::vector<service_level> service_levels(std::span<const request_info> all,
                                          const objectives& aim) {
  std::map<std::string, times> by_model;
  times total;
  for (const auto& one : all) {
    auto& of = by_model[one.model];
    of.out.model = one.model;
    of.add(one, aim);
    total.add(one, aim);
  }
  std::vector<service_level> out;
  for (auto& [model, of] : by_model) {
    out.push_back(of.level());
  }
  out.push_back(total.level());
  return out;
}

} // namespace troupe::shell
