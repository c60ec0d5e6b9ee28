// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/membership/member_views.hpp"

#include "messages/limits.hpp"
#include "runtime/base/check.hpp"
#include "runtime/codec/codec.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

/// Of lost directories too: the oldest is forgotten above.
constexpr std::size_t views_max = 64;

} // namespace

void member_views::directory_up(const actor_ref& who, time_point now) {
  const auto found = views_.find(who);
  if (found == views_.end() && views_.size() >= views_max) {
    const auto oldest = std::ranges::min_element(views_, {}, [](const auto& each) {
      return std::pair{each.second.is_up, each.second.counts_at};
    });
    views_.erase(oldest);
  }
  auto& one = views_[who];
  one.is_up = true;
  one.is_mature = false;
  one.is_heard = false;
  one.counts_at = now + settle_;
}

void member_views::directory_down(const actor_ref& who, time_point now) {
  const auto found = views_.find(who);
  if (found != views_.end()) {
    found->second.is_up = false;
    found->second.counts_at = now + grace_;
    next_ = next_ ? std::min(*next_, now + grace_) : now + grace_;
  }
}

bool member_views::any_may_contradict(time_point now) const {
  return std::ranges::any_of(views_, [&](const auto& each) {
    return each.second.is_up && each.second.is_mature && each.second.counts_at <= now;
  });
}

bool member_views::is_listed(const node_ref& who) const {
  return who == self_ || std::ranges::any_of(views_, [&](const auto& each) {
           return each.second.listed.contains(who);
         });
}

void member_views::remove(const node_ref& who, changes& into) {
  const auto found = known_.find(who);
  if (found != known_.end()) {
    into.removed.push_back(std::move(found->second));
    known_.erase(found);
  }
}

// What lost directories said of it is older than this news of one that knew it too.
void member_views::outlive_lost(const node_ref& gone) {
  for (auto& [who, its] : views_) {
    if (!its.is_up) {
      its.listed.erase(gone);
    }
  }
}

// A process that came back under its name: its former life is over, whoever has not heard so yet.
void member_views::replace_former(const members& what, changes& into) {
  for (const auto& gone : what.removed) {
    const auto is_back = std::ranges::any_of(
        what.added, [&](const member& who) { return who.node.node == gone.node; });
    if (is_back) {
      for (auto& [other, its] : views_) {
        its.listed.erase(gone);
      }
      remove(gone, into);
    }
  }
}

member_views::changes member_views::apply(const actor_ref& by, const members& what,
                                          time_point now) {
  changes out;
  const auto found = views_.find(by);
  if (found == views_.end() || !found->second.is_up) {
    return out;
  }
  auto& one = found->second;
  // One that stood still meanwhile hears only now of others that are back.
  if (what.full && !std::exchange(one.is_heard, true)) {
    one.counts_at = now + settle_;
  }
  // A young directory does not know yet whom it will list.
  if (what.full && what.epoch != 0) {
    one.listed.clear();
    one.is_mature = true;
  }
  for (const auto& gone : what.removed) {
    const bool knew = one.listed.erase(gone) > 0;
    if (knew && one.is_mature && one.counts_at <= now) {
      outlive_lost(gone);
    }
  }
  replace_former(what, out);
  for (const auto& who : what.added) {
    const auto known = known_.find(who.node);
    if (known == known_.end() && known_.size() >= limits::members_max) {
      continue;
    }
    one.listed.insert(who.node);
    if (known == known_.end() || what.full || !same_fields(known->second, who)) {
      known_[who.node] = who;
      out.added.push_back(who);
    }
  }
  // What time alone decides may be due, and this event may come before the wake for it.
  const bool is_due = next_ && *next_ <= now;
  forget_lost(now);
  if (what.full || is_due) {
    remove_unlisted(out, now);
  } else if (any_may_contradict(now)) {
    for (const auto& gone : what.removed) {
      if (!is_listed(gone)) {
        remove(gone, out);
      }
    }
  }
  return out;
}

member_views::changes member_views::settle(time_point now) {
  changes out;
  forget_lost(now);
  remove_unlisted(out, now);
  return out;
}

void member_views::forget_lost(time_point now) {
  if (any_may_contradict(now)) {
    std::erase_if(views_, [&](const auto& each) {
      return !each.second.is_up && each.second.counts_at <= now;
    });
  }
  next_.reset();
  for (const auto& [who, one] : views_) {
    if (one.counts_at > now) {
      next_ = next_ ? std::min(*next_, one.counts_at) : one.counts_at;
    }
  }
}

void member_views::remove_unlisted(changes& into, time_point now) {
  if (!any_may_contradict(now)) {
    return;
  }
  std::vector<node_ref> unlisted;
  for (const auto& [node, who] : known_) {
    if (!is_listed(node)) {
      unlisted.push_back(node);
    }
  }
  for (const auto& node : unlisted) {
    remove(node, into);
  }
}

std::optional<time_point> member_views::next() const {
  return next_;
}

void member_views::check_invariants() const {
  TROUPE_CHECK(known_.size() <= limits::members_max);
  TROUPE_CHECK(views_.size() <= views_max);
}

} // namespace troupe
