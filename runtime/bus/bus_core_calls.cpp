// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/bus_core.hpp"

#include <algorithm>
#include <utility>

/// How the bus answers those who call.
namespace troupe {

namespace {

constexpr auto answer_due = 150ms; ///< Of a call, if the other side calls too.

} // namespace

void bus_core::on_call(const origin& from, const hello_body& body) {
  if (body.endpoints.empty()) {
    ++dropped;
    return;
  }
  if (body.meant != node_ref{} && body.meant != options_.self) {
    answer_mistaken(from, body);
    return;
  }
  drop_older_calls(from);
  const auto known = current_.find(from.node);
  if (known == current_.end()) {
    bind(open(from.node, body.endpoints, from.node, from.nonce), from, body);
    return;
  }
  const auto link = known->second;
  auto& old = *sessions_.at(link);
  if (old.remote() && from.nonce <= old.remote()->nonce) {
    ++dropped;
    return;
  }
  if (old.remote()) {
    // The peer may have let go of this call already, since the two called each other at once or it
    // meant a former life of this node: the session at hand ends when the new one stands
    // (take_over).
    answer(open({}, body.endpoints, from.node, from.nonce), from, body);
    return;
  }
  const bool may_be_answered = over_.now() < old.opened() + answer_due;
  if (options_.self < from.node && may_be_answered) {
    calls_[from.node] = {from, body, std::exchange(admitted_, std::nullopt)};
    wake_for(old.opened() + answer_due);
    return;
  }
  auto& fresh = open(from.node, body.endpoints, from.node, from.nonce);
  replace(old, fresh);
  bind(fresh, from, body);
}

// Our own call was lost on its way: theirs counts.
void bus_core::answer_calls(time_point now) {
  for (auto at = calls_.begin(); at != calls_.end();) {
    const auto current = current_.find(at->first);
    const bool waits = current != current_.end() && !sessions_.at(current->second)->remote();
    const auto due = waits ? sessions_.at(current->second)->opened() + answer_due : now;
    if (now < due) {
      wake_for(due);
      ++at;
      continue;
    }
    auto what = std::move(at->second);
    at = calls_.erase(at);
    if (waits) {
      admitted_ = std::move(what.who);
      on_call(what.from, what.body);
      admitted_.reset();
    }
  }
}

// It meant a process that was here before: it hears who answers and gives up this call, but none
// that it makes to this process meanwhile.
void bus_core::answer_mistaken(const origin& from, const hello_body& body) {
  const auto former = std::ranges::find_if(sessions_, [&](const auto& each) {
    return each.second->how().initiator == from.node && !each.second->remote();
  });
  if (former != sessions_.end()) {
    forget(former->first);
  }
  (void)open({}, body.endpoints, from.node, from.nonce);
}

// Calls of that process which it has given up since, or will: it has made a later one.
void bus_core::drop_older_calls(const origin& from) {
  std::vector<link_no> older;
  for (const auto& [link, s] : sessions_) {
    const auto& caller = s->remote();
    const auto named = current_.find(from.node);
    const bool is_current = named != current_.end() && named->second == link;
    if (!s->up() && !is_current && caller && caller->node == from.node && caller->nonce < from.nonce
        && s->how().initiator == from.node) {
      older.push_back(link);
    }
  }
  for (const auto link : older) {
    forget(link);
  }
}

} // namespace troupe
