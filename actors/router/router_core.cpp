// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/router/router_core.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

router_core::router_core(router_config config, actor_ref self, std::uint64_t seed,
                         router_mutants mutants)
    : config_(std::move(config)), self_(self), rng_(seed), mutants_(mutants) {
}

void router_core::on(const place& what, context& cx) {
  const auto all = choices_for(what, cx.now);
  const auto refuse = [&](error why) {
    ++refused_;
    auto told = describe(what, all, nullptr);
    told.why = why;
    remember({.stream = what.stream, .attempt = what.attempt}, std::move(told), cx.now);
    cx.out.tell(cx.sender(),
                refused{.stream = what.stream, .attempt = what.attempt, .why = std::move(why)});
  };
  if (all.empty()) {
    refuse(why_none(what));
    return;
  }
  const auto& best = draw(all);
  const bool sheddable = what.accepted == 0 && config_.admit_ttft_ms_max != 0;
  if (sheddable && best.predicted.ttft_ms > static_cast<float>(config_.admit_ttft_ms_max)) {
    refuse(too_late());
    return;
  }
  commit(what, all, best, cx);
}

error router_core::too_late() const {
  return {.code = errc::overloaded,
          .text = "the first token would take longer than admission allows; retry later or raise "
                  "router.admit_ttft_ms_max",
          .retryable = true,
          .retry_after_ms = 1000};
}

void router_core::commit(const place& what, const std::vector<choice>& all, const choice& best,
                         context& cx) {
  auto& decode = pools_.at(*best.decode);
  placement answer{.stream = what.stream,
                   .attempt = what.attempt,
                   .decode = {.worker = decode.worker, .actor = *best.decode},
                   .cached_blocks = best.decode_cached_blocks,
                   .prefill_cached_blocks = best.prefill_cached_blocks,
                   .predicted_ttft_ms = best.predicted.ttft_ms,
                   .no = ++last_no_};
  load_view::unseen unseen{.no = answer.no,
                           .prompt_tokens = best.prefill ? 0 : best.predicted.computed_tokens,
                           .decodes = true,
                           .placed = cx.now};
  decode.load.placed(unseen);
  if (best.prefill != nullptr) {
    auto& prefill = pools_.at(*best.prefill);
    answer.prefill = worker_ref{.worker = prefill.worker, .actor = *best.prefill};
    prefill.load.placed({.no = answer.no,
                         .prompt_tokens = best.predicted.computed_tokens,
                         .decodes = false,
                         .placed = cx.now});
  }
  for (const auto name : what.names) {
    if (!decode.coming.expect(name, cx.now)) {
      break;
    }
  }
  for (const auto& other : all) {
    if (answer.reasons.size() == 16) {
      break;
    }
    answer.reasons.push_back(
        {.decode = pools_.at(*other.decode).worker,
         .prefill = pools_.at(other.prefill ? *other.prefill : *other.decode).worker,
         .predicted_ttft_ms = other.predicted.ttft_ms,
         .cached_blocks = std::max(other.decode_cached_blocks, other.prefill_cached_blocks),
         .harm_ms = other.predicted.harm_ms});
  }
  auto told = describe(what, all, &best);
  told.no = answer.no;
  remember(answer, std::move(told), cx.now);
  cx.out.tell(cx.sender(), std::move(answer));
}

void router_core::on(const place_cancel& what, context&) {
  for (auto at = explained_.rbegin(); at != explained_.rend(); ++at) {
    if (at->what.stream == what.stream && at->what.attempt == what.attempt && at->what.no != 0) {
      for (auto& [ref, from] : pools_) {
        from.load.withdrawn(at->what.no);
      }
      return;
    }
  }
}

void router_core::on(const worker_report& what, context& cx) {
  if (const auto found = pools_.find(cx.sender()); found != pools_.end()) {
    found->second.load.report(what, self_);
    found->second.roles = what.roles;
  }
}

void router_core::on(const kv_delta& what, context& cx) {
  if (const auto found = pools_.find(cx.sender()); found != pools_.end()) {
    if (found->second.view.apply(what) == pool_view::outcome::resync) {
      resync(found->first, found->second, cx);
    }
    for (const auto name : what.stored) {
      found->second.coming.arrived(name);
    }
  }
}

void router_core::on(const kv_snapshot& what, context& cx) {
  if (const auto found = pools_.find(cx.sender()); found != pools_.end()) {
    if (found->second.view.apply(what) == pool_view::outcome::resync) {
      resync(found->first, found->second, cx);
    }
  }
}

void router_core::on(const kv_digest& what, context& cx) {
  if (const auto found = pools_.find(cx.sender()); found != pools_.end()) {
    if (found->second.view.check(what) == pool_view::outcome::resync) {
      resync(found->first, found->second, cx);
    }
  }
}

void router_core::resync(const actor_ref& who, source& which, context& cx) {
  cx.out.tell(who, kv_resync{.have_epoch = which.view.epoch(), .have_seq = which.view.seq()});
}

void router_core::on(const members& what, context& cx) {
  for (const auto& gone : what.removed) {
    forget_node(gone, cx);
  }
  for (const auto& who : what.added) {
    add_services(who, cx);
  }
}

void router_core::add_services(const member& who, context& cx) {
  for (const auto& service : who.services) {
    const bool computes = service.role == service_role::worker;
    if (!computes && service.role != service_role::cache_shard) {
      continue;
    }
    const auto [at, is_new] = pools_.try_emplace(service.actor, config_);
    auto& from = at->second;
    from.worker = {.node = who.node, .engine = service.engine};
    from.node_name = who.name;
    from.roles = computes ? service.roles : role_set{0};
    from.digest = service.digest;
    from.layout = service.layout;
    if (is_new) {
      follow(service.actor, from, cx);
    }
  }
}

void router_core::follow(const actor_ref& who, source& which, context& cx) {
  which.up = true;
  which.view = pool_view(std::size_t{1} << 22U, mutants_.eager_snapshot);
  cx.out.monitor(who);
  resync(who, which, cx);
}

void router_core::forget_node(const node_ref& node, context& cx) {
  for (auto at = pools_.begin(); at != pools_.end();) {
    if (at->first.node == node) {
      cx.out.demonitor(at->first);
      at = pools_.erase(at);
    } else {
      ++at;
    }
  }
}

void router_core::on_down(const actor_ref& who, const error&, context& cx) {
  if (const auto found = pools_.find(who); found != pools_.end()) {
    auto& lost = found->second;
    lost.up = false;
    lost.retry_at = cx.now + config_.relink_after;
    lost.view = pool_view();
    lost.load = load_view();
    lost.coming.clear();
  }
}

void router_core::on_response(std::uint64_t, const delivery&, context&) {
}

void router_core::tick(context& cx) {
  for (auto& [ref, from] : pools_) {
    if (!from.up && from.retry_at <= cx.now) {
      follow(ref, from, cx);
    }
    from.load.expire(cx.now);
    from.coming.expire(cx.now);
  }
}

std::optional<time_point> router_core::next_wake() const {
  std::optional<time_point> soonest;
  const auto consider = [&](time_point when) {
    soonest = soonest ? std::min(*soonest, when) : when;
  };
  for (const auto& [ref, from] : pools_) {
    if (!from.up) {
      consider(from.retry_at);
    }
    if (const auto expiry = from.load.next_expiry()) {
      consider(*expiry);
    }
    if (const auto expiry = from.coming.next_expiry()) {
      consider(*expiry);
    }
  }
  return soonest;
}

void router_core::check_invariants() const {
  TROUPE_CHECK(explained_.size() <= config_.explained_max);
  for (const auto& [ref, from] : pools_) {
    TROUPE_CHECK(from.coming.size() <= config_.coming_max);
    TROUPE_CHECK(from.load.unseen_count() <= load_view::unseen_count_max);
  }
}

router_stats router_core::stats() const {
  router_stats now{.placements = last_no_, .refusals = refused_};
  for (const auto& [ref, from] : pools_) {
    now.workers += from.up && from.roles != 0 ? 1 : 0;
    now.index_blocks += from.view.size();
  }
  return now;
}

const pool_view* router_core::view_of(const actor_ref& owner) const {
  const auto found = pools_.find(owner);
  return found == pools_.end() ? nullptr : &found->second.view;
}

const load_view* router_core::load_of(const actor_ref& owner) const {
  const auto found = pools_.find(owner);
  return found == pools_.end() ? nullptr : &found->second.load;
}

} // namespace troupe
