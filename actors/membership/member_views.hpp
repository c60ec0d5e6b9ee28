// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/membership.hpp"
#include "runtime/base/clock.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace troupe {

/// Who is there, from what several directories say. A member is known from when one of them names
/// it, and until one may contradict and none names it any more.
///
/// A directory may contradict while it is up, not young, has given its whole list, and has been
/// heard for `settle`. What a lost directory named counts for `grace` more, and for as long as no
/// other may contradict: absence of the directory removes nobody. Of a member that another one
/// removes, which may contradict and had named it, it counts no longer. Checked:
/// test/unit/membership/member_views_test.cpp
class member_views {
public:
  struct changes {
    std::vector<member> added; ///< Or changed, or said again in a whole list.
    std::vector<member> removed;
  };

  member_views(const node_ref& self, duration settle, duration grace)
      : self_(self), settle_(settle), grace_(grace) {}

  void directory_up(const actor_ref& who, time_point now);
  void directory_down(const actor_ref& who, time_point now);

  changes apply(const actor_ref& by, const members& what, time_point now);

  /// What time alone decides. `next`: when to ask again.
  changes settle(time_point now);
  [[nodiscard]] std::optional<time_point> next() const;

  [[nodiscard]] const std::map<node_ref, member>& known() const { return known_; }
  void check_invariants() const;

private:
  struct view {
    std::set<node_ref> listed;
    bool is_up = true;
    bool is_heard = false;  ///< It gave a list since it is up.
    bool is_mature = false; ///< Its last list was of an epoch.
    time_point counts_at;   ///< Up: it may contradict from then on. Down: it is forgotten then.
  };

  [[nodiscard]] bool any_may_contradict(time_point now) const;
  [[nodiscard]] bool is_listed(const node_ref& who) const;
  void outlive_lost(const node_ref& gone);
  void replace_former(const members& what, changes& into);
  void remove(const node_ref& who, changes& into);
  void remove_unlisted(changes& into, time_point now);
  void forget_lost(time_point now);

  node_ref self_; ///< Knows itself, whatever others say.
  duration settle_;
  duration grace_;
  std::map<actor_ref, view> views_;
  std::map<node_ref, member> known_;
  std::optional<time_point> next_;
};

} // namespace troupe
