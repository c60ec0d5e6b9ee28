// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/router/router_core.hpp"
#include "messages/vocab/error_codes.hpp"

#include <algorithm>

namespace troupe {

namespace {

bool excluded(const worker_id& worker, const place& what) {
  return std::ranges::find(what.excluded, worker) != what.excluded.end();
}

} // namespace

bool router_core::may_decode(const source& where, const place& what) const {
  const bool able = where.up && (where.roles & role_decode) != 0 && where.digest == what.who.model
                    && where.load.last().phase != worker_phase::draining;
  const bool wanted = what.force_decode.empty() || what.force_decode == where.node_name;
  return able && wanted;
}

bool router_core::may_prefill(const source& where, const place& what) const {
  const bool able = where.up && (where.roles & role_prefill) != 0 && where.digest == what.who.model
                    && where.load.last().phase != worker_phase::draining;
  const bool wanted = what.force_prefill.empty() || what.force_prefill == where.node_name;
  return able && wanted;
}

std::uint32_t router_core::cached_blocks(const source& where, const place& what,
                                         time_point now) const {
  const auto limit = std::min<std::size_t>(what.names.size(),
                                           cacheable_blocks(what.prompt_tokens + what.accepted));
  std::uint32_t count = 0;
  for (; count < limit; ++count) {
    const auto name = what.names[count];
    if (!where.view.has(name) && !where.coming.has(name, now)) {
      break;
    }
  }
  return count;
}

candidate router_core::measure(const source& decode, const source* prefill,
                               const place& what) const {
  const auto& report = decode.load.last();
  const auto need = (what.prompt_tokens + what.accepted) / block_tokens + 2;
  candidate who{.decode_waiting_tokens = decode.load.waiting_tokens(),
                .decode_running = decode.load.decoding(),
                .decode_step_ms = report.step_ms,
                .decode_prefill_rate = report.prefill_tokens_per_s,
                .has_room = !decode.load.reported() || report.free_blocks >= need};
  if (prefill != nullptr) {
    const auto& other = prefill->load.last();
    who.remote = true;
    who.prefill_waiting_tokens = prefill->load.waiting_tokens();
    who.prefill_running = other.running;
    who.prefill_step_ms = other.step_ms;
    who.prefill_rate = other.prefill_tokens_per_s;
  }
  return who;
}

std::vector<router_core::choice> router_core::choices_for(const place& what, time_point now) const {
  struct able {
    const actor_ref* who;
    const source* from;
    std::uint32_t cached_blocks;
  };
  const bool want_local = what.prefill != prefill_mode::remote && what.force_prefill.empty();
  const bool want_remote = what.prefill != prefill_mode::local;
  std::vector<able> decoders;
  std::vector<able> prefillers;
  for (const auto& [who, from] : pools_) {
    const bool decodes = may_decode(from, what);
    const bool prefills = want_remote && may_prefill(from, what);
    const able one{&who, &from, decodes || prefills ? cached_blocks(from, what, now) : 0};
    if (decodes) {
      decoders.push_back(one);
    }
    if (prefills) {
      prefillers.push_back(one);
    }
  }

  std::vector<choice> fresh;
  std::vector<choice> all;
  const auto tokens = what.prompt_tokens + what.accepted;
  const auto consider = [&](const able& decode, const able* prefill) {
    choice one{.decode = decode.who,
               .prefill = prefill != nullptr ? prefill->who : nullptr,
               .decode_cached_blocks = decode.cached_blocks,
               .who = measure(*decode.from, prefill != nullptr ? prefill->from : nullptr, what)};
    one.who.decode_cached_tokens = one.decode_cached_blocks * block_tokens;
    if (prefill != nullptr) {
      one.prefill_cached_blocks = prefill->cached_blocks;
      one.who.prefill_cached_tokens = one.prefill_cached_blocks * block_tokens;
    }
    one.predicted = predict(one.who, tokens, config_.predictor);
    if (!one.who.has_room) {
      one.predicted.ttft_ms += 10'000; // It will wait for blocks: any worker with room is better.
    }
    all.push_back(one);
    if (!excluded(decode.from->worker, what)) {
      fresh.push_back(one);
    }
  };
  for (const auto& decode : decoders) {
    bool had_remote = false;
    for (const auto& prefill : prefillers) {
      if (prefill.who != decode.who) {
        consider(decode, &prefill);
        had_remote = true;
      }
    }
    // A worker that only decodes still fills by itself when nobody else can.
    if (want_local || !had_remote) {
      consider(decode, nullptr);
    }
  }
  return fresh.empty() ? all : fresh;
}

const router_core::choice& router_core::draw(const std::vector<choice>& among) {
  const auto best =
      std::ranges::min_element(among, {}, [](const choice& c) { return c.predicted.cost_ms(); });
  std::vector<const choice*> near;
  for (const auto& one : among) {
    if (one.predicted.cost_ms() <= best->predicted.cost_ms() + config_.near_equal_ms) {
      near.push_back(&one);
    }
  }
  return *near[rng_.below(near.size())];
}

error router_core::why_none(const place& what) const {
  const bool forced = !what.force_decode.empty() || !what.force_prefill.empty();
  const auto serves = [&](const auto& entry) {
    return entry.second.digest == what.who.model;
  };
  if (!forced && std::ranges::none_of(pools_, serves)) {
    return {.code = errors::no_worker,
            .text = "no worker serves model '" + what.model + "' now; start one, or retry",
            .field = "model",
            .retryable = true,
            .retry_after_ms = 200};
  }
  return {.code = errors::no_worker,
          .text = forced
                      ? "no serving worker has the forced node names"
                      : "every worker of model '" + what.model + "' is draining or only prefills",
          .retryable = true,
          .retry_after_ms = 200};
}

void router_core::on(const status_query&, context& cx) {
  status_report report{.actor = "router@" + config_.name};
  report.facts.push_back({"placements", std::to_string(last_no_)});
  report.facts.push_back({"refused", std::to_string(refused_)});
  for (auto& one : settings_now()) {
    report.facts.push_back(std::move(one));
  }
  for (const auto& [ref, from] : pools_) {
    report.facts.push_back({from.node_name, std::to_string(from.view.size()) + " blocks known, "
                                                + std::to_string(from.load.decoding())
                                                + " decoding, "
                                                + std::to_string(from.load.waiting_tokens())
                                                + " prompt tokens waiting"});
  }
  cx.out.respond(*cx.from, std::move(report));
}

} // namespace troupe
