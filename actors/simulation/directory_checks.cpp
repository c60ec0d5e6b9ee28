// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/directory_checks.hpp"

#include "actors/directory/directory_core.hpp"
#include "actors/membership/membership_core.hpp"
#include "actors/node/node_core.hpp"
#include "actors/planner/planner_core.hpp"

#include <algorithm>

namespace troupe {

void directory_checks::blame(std::size_t node, time_point until) {
  auto& kept = blamed_until_[node];
  kept = std::max(kept, until + 2 * lease);
}

void directory_checks::asleep(std::size_t node, time_point until) {
  asleep_until_[node] = until;
  blame(node, until);
}

void directory_checks::cut(std::size_t from, std::size_t to) {
  cuts_.insert({from, to});
}

void directory_checks::healed(std::size_t a, std::size_t b, time_point now) {
  cuts_.erase({a, b});
  cuts_.erase({b, a});
  disturbed(a, b, now);
}

void directory_checks::disturbed(std::size_t a, std::size_t b, time_point now) {
  blame(a, now);
  blame(b, now);
  linked_since_[{std::min(a, b), std::max(a, b)}] = now;
}

bool directory_checks::is_excused(std::size_t node, time_point now) const {
  const auto blamed = blamed_until_.find(node);
  return (blamed != blamed_until_.end() && now < blamed->second)
         || std::ranges::any_of(
             cuts_, [&](const auto& each) { return each.first == node || each.second == node; });
}

void directory_checks::healed(time_point now) {
  const auto all = cuts_;
  for (const auto& [a, b] : all) {
    healed(a, b, now);
  }
}

bool directory_checks::is_cut(std::size_t a, std::size_t b) const {
  return cuts_.contains({a, b}) || cuts_.contains({b, a});
}

std::string directory_checks::name_of(const node_ref& who) const {
  const auto found = std::ranges::find_if(
      nodes_, [&](const auto& node) { return node->is_up() && node->self() == who; });
  return found == nodes_.end() ? "a former " + std::to_string(who.node.value) : (*found)->name();
}

std::string directory_checks::text_of(const leadership& epoch) const {
  return std::to_string(epoch.number) + " of " + name_of(epoch.leader);
}

void directory_checks::after_event(time_point now) {
  for (std::size_t at = 0; at < nodes_.size(); ++at) {
    if (!nodes_[at]->is_up()) {
      continue;
    }
    if (seen_[at].self != nodes_[at]->self()) {
      seen_[at] = {.self = nodes_[at]->self()};
    }
    check_begin(at, now);
    check_known(at, now);
  }
  for (std::size_t at = 0; at < nodes_.size(); ++at) {
    if (nodes_[at]->is_up()) {
      check_epoch(at, now);
    }
  }
}

void directory_checks::after_event(std::size_t at, time_point now) {
  if (!nodes_[at]->is_up()) {
    return;
  }
  if (seen_[at].self != nodes_[at]->self()) {
    seen_[at] = {.self = nodes_[at]->self()};
  }
  check_begin(at, now);
  check_known(at, now);
  check_epoch(at, now);
}

bool directory_checks::may_hear_holders(std::size_t at, const node_ref& leader) const {
  const auto led = std::ranges::find_if(
      nodes_, [&](const auto& node) { return node->is_up() && node->self() == leader; });
  if (led == nodes_.end()) {
    return true;
  }
  const auto by = static_cast<std::size_t>(led - nodes_.begin());
  for (std::size_t other = 0; other < nodes_.size(); ++other) {
    if (nodes_[other]->is_up() && !is_cut(at, other) && !is_cut(other, by)) {
      return true;
    }
  }
  return false;
}

void directory_checks::check_begin(std::size_t at, time_point now) {
  const auto* directory = nodes_[at]->directory();
  if (directory == nullptr || directory->begun().number == 0
      || begun_.contains(directory->begun())) {
    return;
  }
  const auto& epoch = directory->begun();
  if (epoch.leader != nodes_[at]->self()) {
    fail_(nodes_[at]->name() + " began an epoch of another (D2)");
  }
  begun_[epoch] = now;
  if (now > shaken_at_ + 3 * lease && may_hear_holders(at, seen_[at].epoch.leader)) {
    fail_(nodes_[at]->name() + " began epoch " + text_of(epoch)
          + " though nothing had happened (D4)");
  }
  for (std::size_t other = 0; other < nodes_.size(); ++other) {
    const auto linked = linked_since_.find({std::min(at, other), std::max(at, other)});
    const auto slept = asleep_until_.find(other);
    const bool speaks = slept == asleep_until_.end() || slept->second + news_max < now;
    const bool hears = at < seeds_ && nodes_[other]->is_up() && speaks && !is_cut(at, other)
                       && (linked == linked_since_.end() || linked->second + news_max < now);
    const auto& held = seen_[other];
    if (hears && held.self == nodes_[other]->self() && held.epoch_since + news_max < now
        && !(held.epoch.number < epoch.number)) {
      fail_(nodes_[at]->name() + " began epoch " + text_of(epoch) + " though "
            + nodes_[other]->name() + " held " + text_of(held.epoch) + " (D2)");
    }
  }
}

void directory_checks::check_epoch(std::size_t at, time_point now) {
  auto& held = seen_[at];
  const auto check = [&](leadership& last, const leadership& next, const char* who) {
    if (next < last) {
      fail_(nodes_[at]->name() + ": its " + who + " fell back to epoch " + text_of(next) + " from "
            + text_of(last) + " (D1)");
    }
    if (next.number != 0 && !begun_.contains(next)) {
      fail_(nodes_[at]->name() + ": its " + who + " holds epoch " + text_of(next)
            + ", which nobody began (D2)");
    }
    last = next;
  };
  if (held.epoch != nodes_[at]->membership().epoch()) {
    held.epoch_since = now;
  }
  check(held.epoch, nodes_[at]->membership().epoch(), "membership");
  if (const auto* agent = nodes_[at]->agent()) {
    check(held.agent_epoch, agent->epoch(), "agent");
  }
}

// Directories that have not found each other yet, as a process that was restarted while its seeds
// are gone, each speak for who has found them.
bool directory_checks::hear_different(std::size_t a, std::size_t b) const {
  const auto& one = nodes_[a]->membership();
  const auto& other = nodes_[b]->membership();
  return !one.is_alone() && std::ranges::none_of(nodes_, [&](const checked_node* each) {
    return each->is_up() && one.is_linked(each->self()) && other.is_linked(each->self());
  });
}

void directory_checks::check_known(std::size_t at, time_point now) {
  const auto& known = nodes_[at]->membership().known();
  auto& held = seen_[at].known;
  for (std::size_t other = 0; other < nodes_.size(); ++other) {
    if (!nodes_[other]->is_up() || is_excused(other, now)) {
      continue;
    }
    const auto& who = nodes_[other]->self();
    if (held.contains(who) && !known.contains(who) && !hear_different(at, other)) {
      fail_(nodes_[at]->name() + " lost " + nodes_[other]->name() + ", which was well (D3)");
    }
  }
  if (held.size() != known.size()
      || !std::ranges::all_of(known, [&](const auto& each) { return held.contains(each.first); })) {
    held.clear();
    for (const auto& [who, member] : known) {
      held.insert(who);
    }
  }
}

void directory_checks::check_views(const std::set<std::size_t>& runs) {
  for (const auto at : runs) {
    const auto& known = nodes_[at]->membership().known();
    for (const auto other : runs) {
      if (!known.contains(nodes_[other]->self())) {
        fail_(nodes_[at]->name() + " does not know " + nodes_[other]->name() + " (D5)");
      }
    }
    for (const auto& [who, member] : known) {
      const auto is_it = [&](std::size_t other) {
        return nodes_[other]->self() == who;
      };
      if (std::ranges::none_of(runs, is_it)) {
        fail_(nodes_[at]->name() + " knows " + member.name + ", which does not run, or "
              + name_of(who) + " (D5)");
      }
    }
  }
}

void directory_checks::check_leader(const std::set<std::size_t>& runs) {
  std::vector<std::size_t> leaders;
  for (const auto at : runs) {
    const auto* directory = nodes_[at]->directory();
    if (directory != nullptr && directory->leads()) {
      leaders.push_back(at);
    }
  }
  if (leaders.size() != 1) {
    fail_(std::to_string(leaders.size()) + " directories lead (D6)");
    return;
  }
  const auto epoch = nodes_[leaders.front()]->directory()->epoch();
  for (const auto at : runs) {
    if (nodes_[at]->membership().epoch() != epoch) {
      fail_(nodes_[at]->name() + " holds epoch " + text_of(nodes_[at]->membership().epoch())
            + " instead of " + text_of(epoch) + " (D6)");
    }
  }
}

void directory_checks::check_plans(const std::set<std::size_t>& runs) {
  for (const auto at : runs) {
    const auto* planner = nodes_[at]->planner();
    for (const auto other : runs) {
      if (planner != nullptr && nodes_[other]->agent() != nullptr
          && !planner->can_order(nodes_[other]->self())) {
        fail_("the planner of " + nodes_[at]->name() + " cannot order " + nodes_[other]->name()
              + " (D7)");
      }
    }
  }
}

} // namespace troupe
