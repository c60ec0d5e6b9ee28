// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_directories.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr duration gap_min = 500ms;
constexpr duration gap_max = 25s; ///< Long ones let leaders and views settle behind a cut.

} // namespace

duration sim_directories::draw_time(duration least, duration most) {
  return least + duration{1us} * draws_.below(static_cast<std::uint64_t>((most - least) / 1us));
}

void sim_directories::plan_faults() {
  // Short gaps more often than long ones.
  const auto after = draws_.below(3) == 0 ? draw_time(gap_min, gap_max) : draw_time(gap_min, 4s);
  time_.at(time_.now() + after, [this] {
    if (time_.now() < faults_end_) {
      fault();
      plan_faults();
    }
  });
}

void sim_directories::fault() {
  checks_->shaken(time_.now());
  switch (draws_.below(12)) {
    case 0:
      cut_pair(false);
      break;
    case 1:
      cut_pair(true);
      break;
    case 2:
      split();
      break;
    case 3:
      isolate();
      break;
    case 4:
    case 5:
    case 6:
      heal_all();
      break;
    case 7:
      break_pair();
      break;
    case 8:
      kill(true);
      break;
    case 9:
      kill(false);
      break;
    case 10:
      sleep(false);
      break;
    default:
      sleep(true);
  }
}

void sim_directories::cut(std::size_t from, std::size_t to) {
  if (from != to) {
    network_.cut_one_way(nodes_[from]->id(), nodes_[to]->id());
    checks_->cut(from, to);
  }
}

void sim_directories::cut_pair(bool one_way) {
  const auto a = draw_node();
  const auto b = (a + 1 + draws_.below(nodes_.size() - 1)) % nodes_.size();
  note((one_way ? "cut one way " : "cut ") + nodes_[a]->name() + " - " + nodes_[b]->name());
  cut(a, b);
  if (!one_way) {
    cut(b, a);
  }
}

void sim_directories::split() {
  std::vector<bool> side;
  for (std::size_t at = 0; at < nodes_.size(); ++at) {
    side.push_back(draws_.below(2) == 0);
  }
  std::string names;
  for (std::size_t a = 0; a < nodes_.size(); ++a) {
    names += side[a] ? " " + nodes_[a]->name() : "";
    for (std::size_t b = 0; b < nodes_.size(); ++b) {
      if (side[a] != side[b]) {
        cut(a, b);
      }
    }
  }
  note("split off" + names);
}

void sim_directories::isolate() {
  const auto one = draw_node();
  const bool one_way = draws_.below(3) == 0;
  note((one_way ? "mute " : "isolate ") + nodes_[one]->name());
  for (std::size_t other = 0; other < nodes_.size(); ++other) {
    cut(one, other);
    if (!one_way) {
      cut(other, one);
    }
  }
}

void sim_directories::heal_all() {
  note("heal all");
  network_.heal_all();
  checks_->shaken(time_.now());
  checks_->healed(time_.now());
}

void sim_directories::break_pair() {
  const auto a = draw_node();
  const auto b = (a + 1 + draws_.below(nodes_.size() - 1)) % nodes_.size();
  note("break " + nodes_[a]->name() + " - " + nodes_[b]->name());
  network_.break_links(nodes_[a]->id(), nodes_[b]->id());
}

void sim_directories::kill(bool comes_back) {
  const auto which = draw_node();
  if (!nodes_[which]->is_up()) {
    return;
  }
  note("kill " + nodes_[which]->name());
  nodes_[which]->crash();
  checks_->blame(which, time_.now());
  if (comes_back) {
    time_.at(time_.now() + draw_time(50ms, 8s), [this, which] { revive(which); });
  }
}

void sim_directories::revive(std::size_t which) {
  if (!nodes_[which]->is_up()) {
    note("start " + nodes_[which]->name());
    awake_at_[which] = time_.now();
    checks_->shaken(time_.now());
    checks_->blame(which, time_.now());
    nodes_[which]->start();
  }
}

// With its links: as a process that was stopped. Without: its actors hang, its bus goes on.
void sim_directories::sleep(bool with_links) {
  const auto which = draw_node();
  const auto length = draw_time(200ms, 9s);
  note((with_links ? "freeze " : "hang ") + nodes_[which]->name() + " for "
       + std::to_string(length / 1ms) + " ms");
  awake_at_[which] = std::max(awake_at_[which], time_.now() + length);
  checks_->asleep(which, awake_at_[which]);
  time_.at(awake_at_[which], [this] { checks_->shaken(time_.now()); });
  if (!with_links) {
    return;
  }
  std::vector<std::size_t> cut_off;
  for (std::size_t other = 0; other < nodes_.size(); ++other) {
    if (other != which && !checks_->is_cut(which, other)) {
      cut(which, other);
      cut(other, which);
      cut_off.push_back(other);
    }
  }
  time_.at(time_.now() + length, [this, which, cut_off] {
    for (const auto other : cut_off) {
      network_.heal(nodes_[which]->id(), nodes_[other]->id());
      checks_->healed(which, other, time_.now());
    }
  });
}

// Only cuts are left, and now and then a node that hangs to the end.
void sim_directories::calm_down() {
  checks_->shaken(time_.now());
  for (std::size_t at = 0; at < nodes_.size(); ++at) {
    revive(at);
    if (awake_at_[at] > time_.now()) {
      awake_at_[at] = time_.now();
    }
  }
  if (with_faults_ && draws_.below(3) == 0) {
    const auto hanging = nodes_.size() - 1;
    note("hang " + nodes_[hanging]->name());
    awake_at_[hanging] = time_.now() + 60s;
    checks_->asleep(hanging, awake_at_[hanging]);
  }
}

} // namespace troupe
