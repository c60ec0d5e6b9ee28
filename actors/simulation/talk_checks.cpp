// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/talk_checks.hpp"

#include <algorithm>

namespace troupe {

std::string text_of(const actor_ref& who) {
  return std::to_string(who.node.node.value) + "/" + std::to_string(who.node.life.value % 1000)
         + "#" + std::to_string(who.actor);
}

talk_mark talk_checks::next(const actor_ref& from, const actor_ref& to, kind what) {
  return {.from = from, .to = to, .number = ++of(from, to, what).sent};
}

void talk_checks::refused(const talk_mark& mark, kind what) {
  of(mark.from, mark.to, what).refused.push_back(mark.number);
}

void talk_checks::handled(const actor_ref& by, const delivery& how, const talk_mark& mark,
                          kind what) {
  ++messages_;
  const auto who = text_of(mark.from) + " to " + text_of(mark.to);
  if (mark.to != by) {
    fail_(text_of(by) + " handled a message of " + who + " (T2)");
    return;
  }
  if (how.from != mark.from) {
    fail_("a message of " + who + " came as from " + text_of(how.from) + " (T2)");
  }
  const auto birth = births_[mark.from.node];
  auto& newest = newest_[{by.node, mark.from.node.node}];
  if (birth < newest) {
    fail_("a message of " + who + " was handled after one of a newer incarnation (T2)");
  }
  newest = std::max(newest, birth);

  auto& s = of(mark.from, mark.to, what);
  const auto session = how.hold != nullptr ? how.hold->session() : 0;
  const auto number = std::to_string(mark.number);
  if (mark.number <= s.handled) {
    fail_("message " + number + " of " + who + " was handled after " + std::to_string(s.handled)
          + " (T1)");
  }
  const bool may_miss = what == kind::state || what == kind::answer || what == kind::newer;
  if (session == s.session && s.handled != 0 && !may_miss) {
    for (auto each = s.handled + 1; each < mark.number; ++each) {
      if (std::ranges::find(s.refused, each) == s.refused.end()) {
        fail_("message " + std::to_string(each) + " of " + who + " is missing before " + number
              + " (T1)");
        break;
      }
    }
  }
  s.handled = mark.number;
  s.session = session;
  std::erase_if(s.refused, [&](std::uint64_t each) { return each <= mark.number; });
}

} // namespace troupe
