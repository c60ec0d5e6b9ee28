// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/membership/membership_core.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

membership_core::membership_core(membership_config config, member me, membership_port& port)
    : config_(std::move(config)),
      me_(std::move(me)),
      port_(port),
      reconnect_after_(config_.reconnect_min) {
}

void membership_core::add_listener(const actor_ref& who, context& cx) {
  listeners_.push_back(who);
  members all{.epoch = epoch_, .version = version_, .full = true};
  for (const auto& [node, known] : known_) {
    all.added.push_back(known);
  }
  cx.out.tell(who, std::move(all));
}

void membership_core::set_me(member me, context& cx) {
  me_ = std::move(me);
  if (directory_) {
    say_join(cx);
  }
}

void membership_core::on_directory(const actor_ref& who, context& cx) {
  if (directory_ && *directory_ == who && directory_->session == who.session) {
    return;
  }
  directory_ = who;
  reconnect_after_ = config_.reconnect_min;
  cx.out.monitor(who);
  say_join(cx);
  cx.out.tell(who, watch{});
}

void membership_core::say_join(context& cx) {
  cx.out.tell(*directory_, join{.me = me_, .epoch_seen = epoch_});
  wake_ = cx.now + renew_every_;
}

void membership_core::on(const joined& what, context& cx) {
  joined_ = true;
  epoch_ = std::max(epoch_, what.epoch);
  renew_every_ = std::max<duration>(std::chrono::milliseconds(what.lease_ms) / 3, 1ms);
  wake_ = cx.now + renew_every_;
}

void membership_core::on(const rejoin& what, context& cx) {
  epoch_ = std::max(epoch_, what.epoch);
  if (directory_) {
    say_join(cx);
  }
}

void membership_core::on(const members& what, context& cx) {
  epoch_ = std::max(epoch_, what.epoch);
  version_ = what.version;
  members news{.epoch = epoch_, .version = what.version, .removed = what.removed};
  if (what.full && what.epoch != 0) {
    for (const auto& [node, known] : known_) {
      const auto still = std::ranges::any_of(
          what.added, [&, &id = node](const member& m) { return m.node == id; });
      if (!still) {
        news.removed.push_back(node);
      }
    }
  }
  for (const auto& gone : news.removed) {
    known_.erase(gone);
  }
  for (const auto& who : what.added) {
    if (known_.size() >= limits::members_max) {
      break;
    }
    known_[who.node] = who;
    port_.learn(who);
    news.added.push_back(who);
  }
  tell_listeners(news, cx);
}

void membership_core::tell_listeners(const members& what, context& cx) {
  for (const auto& listener : listeners_) {
    cx.out.tell(listener, what);
  }
}

void membership_core::on(const status_query&, context& cx) {
  status_report report{.actor = "membership@" + config_.name};
  report.facts.push_back({"joined", joined_ ? "yes" : "no"});
  report.facts.push_back({"epoch", std::to_string(epoch_)});
  for (const auto& [node, known] : known_) {
    report.facts.push_back({known.name, std::to_string(known.services.size()) + " services"});
  }
  cx.out.respond(*cx.from, std::move(report));
}

void membership_core::on_response(std::uint64_t, const delivery&, context&) {
}

void membership_core::on_down(const actor_ref& who, const error&, context& cx) {
  if (directory_ && *directory_ == who) {
    directory_.reset();
    joined_ = false;
    wake_ = cx.now + reconnect_after_;
  }
}

void membership_core::tick(context& cx) {
  if (!wake_ || cx.now < *wake_) {
    return;
  }
  if (directory_) {
    cx.out.tell(*directory_, renew{.node = me_.node, .epoch_seen = epoch_});
    wake_ = cx.now + renew_every_;
  } else {
    port_.connect_directory();
    wake_ = cx.now + reconnect_after_;
    reconnect_after_ = std::min(reconnect_after_ * 2, config_.reconnect_max);
  }
}

std::optional<time_point> membership_core::next_wake() const {
  return wake_;
}

void membership_core::check_invariants() const {
  TROUPE_CHECK(!joined_ || directory_.has_value());
  TROUPE_CHECK(known_.size() <= limits::members_max);
}

void membership_core::leave_now(context& cx) {
  if (directory_) {
    cx.out.tell(*directory_, leave{.node = me_.node});
  }
}

} // namespace troupe
