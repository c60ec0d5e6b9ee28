// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/admin/admin_core.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/base/check.hpp"

#include <utility>

namespace troupe {

namespace {

constexpr duration answer_time = 1s;
constexpr std::size_t pending_max = 65'536;
delivery failed(error why) {
  return {.what = delivery::kind::response, .why = std::move(why)};
}

} // namespace

void admin_core::collect(status_call done, context& cx) {
  auto into = std::make_shared<collection>();
  into->done = std::move(done);
  for (const auto& [node, who] : known_) {
    into->result.nodes.push_back(who);
    for (const auto& one : who.services) {
      into->result.services.push_back({.node = node, .node_name = who.name, .what = one});
    }
  }
  into->missing = into->result.services.size();
  if (into->missing == 0 || pending_.size() + into->missing > pending_max) {
    into->done(std::move(into->result));
    return;
  }
  for (std::size_t i = 0; i < into->result.services.size(); ++i) {
    const auto request =
        cx.out.request(into->result.services[i].what.actor, status_query{}, cx.now + answer_time);
    pending_[request] = {.into = into, .index = i, .done = {}};
  }
}

void admin_core::edit(const scale& what, answer_call done, context& cx) {
  for (const auto& [node, who] : known_) {
    for (const auto& one : who.services) {
      if (one.role == service_role::planner && pending_.size() < pending_max) {
        const auto request = cx.out.request(one.actor, what, cx.now + 10 * answer_time);
        pending_[request] = {.into = nullptr, .index = 0, .done = std::move(done)};
        return;
      }
    }
  }
  done(failed({.code = errors::no_worker,
               .text = "no planner is a member of this cluster; start one with --role planner",
               .retryable = true}));
}

void admin_core::on(const members& what, context&) {
  for (const auto& gone : what.removed) {
    known_.erase(gone);
  }
  for (const auto& who : what.added) {
    if (known_.contains(who.node) || known_.size() < limits::members_max) {
      known_[who.node] = who;
    }
  }
}

void admin_core::on(const status_query&, context& cx) {
  cx.out.respond(*cx.from, status_report{.actor = "admin"});
}

void admin_core::on_response(std::uint64_t request, const delivery& answer, context&) {
  const auto found = pending_.find(request);
  if (found == pending_.end()) {
    return;
  }
  auto one = std::move(found->second);
  pending_.erase(found);
  if (one.into == nullptr) {
    one.done(answer);
    return;
  }
  auto& slot = one.into->result.services[one.index];
  if (const auto* report = answer.body.as<status_report>()) {
    slot.report = *report;
  } else {
    slot.why = answer.why;
  }
  if (--one.into->missing == 0) {
    one.into->done(std::move(one.into->result));
  }
}

void admin_core::check_invariants() const {
  TROUPE_CHECK(pending_.size() <= pending_max);
  TROUPE_CHECK(known_.size() <= limits::members_max);
  TROUPE_CHECK(traces_.size() <= traces_max);
  TROUPE_CHECK(profiles_.size() <= profiles_max);
  TROUPE_CHECK(levels_.size() <= levels_max);
  TROUPE_CHECK(traces_.empty() || next_tell_.has_value());
}

} // namespace troupe
