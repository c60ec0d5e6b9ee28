// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/router/router_core.hpp"

#include <algorithm>
#include <limits>
#include <utility>

/// A router's reasons, for operators.
namespace troupe {

namespace {

constexpr std::size_t pairs_max = 16;
constexpr std::size_t decisions_max = 64;

std::uint32_t clamped(std::uint64_t number) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(number, std::numeric_limits<std::uint32_t>::max()));
}

} // namespace

decision router_core::describe(const place& what, const std::vector<choice>& all,
                               const choice* best) const {
  decision told{.request = what.request,
                .attempt = what.attempt,
                .prompt_tokens = what.prompt_tokens,
                .accepted = what.accepted,
                .blocks = clamped(what.names.size()),
                .near_equal_ms = config_.near_equal_ms};
  std::vector<const choice*> order;
  for (const auto& one : all) {
    order.push_back(&one);
  }
  const auto by_cost = [](const choice* one) {
    return one->predicted.cost_ms();
  };
  std::ranges::sort(order, {}, by_cost);
  if (order.size() > pairs_max) {
    if (const auto chosen = std::ranges::find(order, best); chosen != order.end()) {
      std::iter_swap(chosen, std::min(chosen, order.begin() + (pairs_max - 1)));
    }
    order.resize(pairs_max);
  }
  for (const auto* one : order) {
    const auto& decode = pools_.at(*one->decode);
    told.pairs.push_back(
        {.decode = decode.node_name,
         .prefill = one->prefill != nullptr ? pools_.at(*one->prefill).node_name : std::string{},
         .decode_cached_blocks = one->decode_cached_blocks,
         .prefill_cached_blocks = one->prefill_cached_blocks,
         .computed_tokens = one->predicted.computed_tokens,
         .waiting_tokens = clamped(one->prefill != nullptr ? one->who.prefill_waiting_tokens
                                                           : one->who.decode_waiting_tokens),
         .running = one->who.decode_running,
         .free_blocks = decode.load.last().free_blocks,
         .ttft_ms = one->predicted.ttft_ms,
         .harm_ms = one->predicted.harm_ms,
         .has_room = one->who.has_room,
         .chosen = one == best});
  }
  return told;
}

decision router_core::imagine(const place& what, time_point now) const {
  const auto all = choices_for(what, now);
  const auto best =
      std::ranges::min_element(all, {}, [](const choice& one) { return one.predicted.cost_ms(); });
  auto told = describe(what, all, best == all.end() ? nullptr : &*best);
  if (all.empty()) {
    told.why = why_none(what);
  }
  for (const auto& [ref, from] : pools_) {
    const auto blocks = cached_blocks(from, what, now);
    if (blocks > 0 && told.holdings.size() < limits::members_max) {
      told.holdings.push_back(
          {.node = from.node_name, .blocks = blocks, .computes = from.roles != 0});
    }
  }
  return told;
}

void router_core::remember(placement what, decision why, time_point now) {
  if (explained_.size() == config_.explained_max) {
    explained_.pop_front();
  }
  explained_.push_back({std::move(what), std::move(why), now});
}

void router_core::on(const explain_query& what, context& cx) {
  explain_report report;
  if (what.imagined) {
    report.decisions.push_back(imagine(*what.imagined, cx.now));
  } else {
    for (const auto& one : explained_) {
      if (one.why.request != what.request || report.decisions.size() >= decisions_max) {
        continue;
      }
      if (one.what.no != 0) {
        report.placements.push_back(one.what);
      }
      report.decisions.push_back(one.why);
      report.decisions.back().age_ms = clamped(static_cast<std::uint64_t>((cx.now - one.at) / 1ms));
    }
  }
  cx.out.respond(*cx.from, std::move(report));
}

} // namespace troupe
