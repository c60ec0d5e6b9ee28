// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_bus.hpp"

#include <algorithm>
#include <array>

/// What is done to the nodes of a seed.
namespace troupe {

namespace {

/// Points that fire by themselves, and how often at most, in a million asks.
struct range {
  fault what;
  std::uint32_t rate_max;
};
constexpr std::array<range, 7> ranges{{{fault::lose, 3'000},
                                       {fault::duplicate, 3'000},
                                       {fault::reorder, 3'000},
                                       {fault::delay, 20'000},
                                       {fault::dial, 300'000},
                                       {fault::refuse, 10'000},
                                       {fault::timer, 50'000}}};
constexpr std::array<fault, 10> done_by_scene{
    fault::cut,  fault::one_way, fault::split, fault::isolate, fault::sever,
    fault::clog, fault::pause,   fault::hang,  fault::restart, fault::leave};

constexpr duration frame_fault_lasts = 320ms; ///< A late frame and those behind it.

} // namespace

void sim_bus::draw_faults() {
  last_fault_ = cut_until_ = time_.now();
  for (const auto& each : ranges) {
    const bool on = draws_.below(4) == 0;
    // Rare ones as often as frequent ones.
    const auto rate = each.rate_max >> draws_.below(6);
    if (on && allowed_.has(each.what)) {
      points_.set(each.what, rate);
    }
  }
  network_.set_faults(
      &points_, [this](fault what, node_id from, node_id to) { frame_fault(what, from, to); });
  std::vector<fault> possible;
  for (const auto each : done_by_scene) {
    const bool on = draws_.below(2) == 0;
    if (allowed_.has(each)) {
      possible.push_back(each);
      if (on) {
        kinds_.push_back(each);
      }
    }
  }
  if (kinds_.empty() && !possible.empty()) {
    kinds_.push_back(possible[draws_.below(possible.size())]);
  }
  if (!kinds_.empty()) {
    time_.at(time_.now() + draw_time(500ms, 15s), [this] {
      do_fault(kinds_[draws_.below(kinds_.size())]);
      plan_fault();
    });
  }
}

void sim_bus::plan_fault() {
  const auto after = draws_.below(3) == 0 ? draw_time(500ms, 15s) : draw_time(300ms, 4s);
  time_.at(time_.now() + after, [this] {
    if (time_.now() >= faults_end_) {
      return;
    }
    if (draws_.below(3) == 0) {
      heal_all();
    } else {
      do_fault(kinds_[draws_.below(kinds_.size())]);
    }
    plan_fault();
  });
}

void sim_bus::do_fault(fault what) {
  members_->shaken(time_.now());
  last_fault_ = time_.now();
  points_.count(what);
  switch (what) {
    case fault::cut:
      return cut_pair(false);
    case fault::one_way:
      return cut_pair(true);
    case fault::split:
      return split();
    case fault::isolate:
      return isolate();
    case fault::sever:
      return sever();
    case fault::clog:
      return clog();
    case fault::pause:
      return stand_still(true);
    case fault::hang:
      return stand_still(false);
    case fault::restart:
      return stop_node(false);
    case fault::leave:
      return stop_node(true);
    default:
      return; // Points.
  }
}

void sim_bus::touched(std::size_t which, time_point when, bool mutes) {
  auto& it = players_[which];
  it.touched_at = std::max(it.touched_at, when);
  it.muted_at = mutes ? std::max(it.muted_at, when) : it.muted_at;
  last_fault_ = std::max(last_fault_, when);
}

void sim_bus::frame_fault(fault what, node_id from, node_id to) {
  const auto a = static_cast<std::size_t>(from.value - 1);
  if (what == fault::timer || what == fault::refuse) {
    // Late by some milliseconds: nobody may notice. But a link that is closed meanwhile is not
    // flushed.
    players_[a].muted_at = std::max(players_[a].muted_at, time_.now());
    return;
  }
  const auto b = static_cast<std::size_t>(to.value - 1);
  const auto until = time_.now() + frame_fault_lasts;
  const bool mutes = what == fault::lose || what == fault::delay;
  touched(a, until, mutes);
  touched(b, until, mutes);
  members_->shaken(until);
  members_->disturbed(a, b, until);
}

void sim_bus::cut(std::size_t from, std::size_t to) {
  if (from != to) {
    network_.cut_one_way(players_[from].node->id(), players_[to].node->id());
    members_->cut(from, to);
    touched(from, time_.now());
    touched(to, time_.now());
    cut_until_ = time_point::max() - 1h;
  }
}

void sim_bus::cut_pair(bool one_way) {
  const auto a = draw_node();
  const auto b = other_than(a);
  note((one_way ? "cut one way " : "cut ") + name_of_node(a) + " - " + name_of_node(b));
  cut(a, b);
  if (!one_way) {
    cut(b, a);
  }
}

void sim_bus::split() {
  std::vector<bool> side;
  for (std::size_t at = 0; at < players_.size(); ++at) {
    side.push_back(draws_.below(2) == 0);
  }
  std::string names;
  for (std::size_t a = 0; a < players_.size(); ++a) {
    names += side[a] ? " " + name_of_node(a) : "";
    for (std::size_t b = 0; b < players_.size(); ++b) {
      if (side[a] != side[b]) {
        cut(a, b);
      }
    }
  }
  note("split off" + names);
}

void sim_bus::isolate() {
  const auto one = draw_node();
  const bool one_way = draws_.below(3) == 0;
  note((one_way ? "mute " : "isolate ") + name_of_node(one));
  for (std::size_t other = 0; other < players_.size(); ++other) {
    cut(one, other);
    if (!one_way) {
      cut(other, one);
    }
  }
}

void sim_bus::heal_all() {
  const auto now = time_.now();
  note("heal all");
  network_.heal_all();
  members_->shaken(now);
  members_->healed(now);
  for (std::size_t at = 0; at < players_.size(); ++at) {
    touched(at, now);
  }
  cut_until_ = now;
}

void sim_bus::sever() {
  const auto a = draw_node();
  const auto b = other_than(a);
  note("sever " + name_of_node(a) + " - " + name_of_node(b));
  touched(a, time_.now());
  touched(b, time_.now());
  network_.break_links(players_[a].node->id(), players_[b].node->id());
}

void sim_bus::clog() {
  const auto from = draw_node();
  const auto to = other_than(from);
  const auto until = time_.now() + draw_time(10ms, 5s);
  note("clog " + name_of_node(from) + " to " + name_of_node(to));
  network_.clog(players_[from].node->id(), players_[to].node->id(), until);
  touched(from, until);
  touched(to, until);
  members_->shaken(until);
  members_->disturbed(from, to, until);
}

void sim_bus::stand_still(bool with_bus) {
  const auto which = draw_node();
  const auto drawn = draws_.below(2) == 0 ? draw_time(20ms, 500ms) : draw_time(200ms, 7s);
  const auto length = std::min<duration>(drawn, faults_end_ - time_.now());
  auto& player = players_[which];
  if (!player.node->is_up()) {
    return;
  }
  note((with_bus ? "pause " : "hang ") + name_of_node(which) + " for "
       + std::to_string(length / 1ms) + " ms");
  player.awake_at = std::max(player.awake_at, time_.now() + length);
  touched(which, player.awake_at);
  members_->asleep(which, player.awake_at);
  if (with_bus) {
    network_.pause(player.node->id(), player.awake_at);
    for (std::size_t other = 0; other < players_.size(); ++other) {
      if (other != which) {
        members_->disturbed(which, other, player.awake_at);
      }
    }
  }
  for (const auto& [who, talks] : player.talkers) {
    talks->excuse(player.awake_at);
  }
  time_.at(player.awake_at, [this, which] {
    members_->shaken(time_.now());
    place_.due.push_back(players_[which].node.get());
  });
}

void sim_bus::stop_node(bool politely) {
  const auto which = draw_node();
  auto& player = players_[which];
  if (!player.node->is_up() || player.awake_at > time_.now()) {
    return;
  }
  note((politely ? "stop " : "kill ") + name_of_node(which));
  touched(which, time_.now());
  members_->blame(which, time_.now());
  player.talkers.clear();
  if (politely) {
    player.node->leave();
  } else {
    player.node->crash();
  }
  if (draws_.below(3) != 0) {
    time_.at(time_.now() + draw_time(50ms, 8s), [this, which] { revive(which); });
  }
}

void sim_bus::revive(std::size_t which) {
  auto& player = players_[which];
  if (player.node->is_up() || (stays_away_ && which + 1 == players_.size())) {
    return;
  }
  note("start " + name_of_node(which));
  player.awake_at = time_.now();
  touched(which, time_.now());
  members_->shaken(time_.now());
  members_->blame(which, time_.now());
  start(which);
}

// Only cuts are left, and all run, but now and then one that was stopped for good.
void sim_bus::calm_down() {
  points_.silence();
  members_->shaken(time_.now());
  const auto last = players_.size() - 1;
  stays_away_ = draws_.below(4) == 0 && allowed_.has(fault::restart);
  if (stays_away_ && players_[last].node->is_up()) {
    note("kill " + name_of_node(last));
    points_.count(fault::restart);
    players_[last].talkers.clear();
    players_[last].node->crash();
    touched(last, time_.now());
    members_->blame(last, time_.now());
  }
  for (std::size_t at = 0; at < players_.size(); ++at) {
    if (at != last || !stays_away_) {
      revive(at);
    }
  }
}

} // namespace troupe
