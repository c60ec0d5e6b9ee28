// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_cluster.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace troupe {

namespace {

constexpr std::uint64_t stores_label = 0x6661756c74ULL;
constexpr std::uint32_t store_rate_max = 400'000; ///< In a million operations.

} // namespace

void sim_cluster::nap(std::size_t which, duration length) {
  awake_at_[which] = std::max(awake_at_[which], time_.now() + length);
  time_.at(awake_at_[which], [] {});
}

void sim_cluster::plan_naps(std::size_t which, rng draws) {
  const auto pause = 5ms + duration{1us} * draws.below(1'500'000);
  time_.at(time_.now() + pause, [this, which, draws]() mutable {
    nap(which, duration{1us} * draws.below(30'000));
    if (time_.now() < naps_end_) {
      plan_naps(which, draws);
    }
  });
}

// By draws of its own, so that what else happens in a seed does not depend on it.
void sim_cluster::set_up_stores(std::uint64_t seed) {
  rng draws(mix64(seed, stores_label));
  if (draws.below(4) == 0) {
    place_.records = &records_;
    place_.seeds.clear();
  }
  const bool fail = draws.below(2) == 0;
  for (const auto what : {fault::store_put, fault::store_get}) {
    const auto rate = store_rate_max >> draws.below(5);
    if (fail && options_.faults && options_.kinds.has(what)) {
      store_faults_.set(what, rate);
    }
  }
}

void sim_cluster::plan_fault() {
  const auto which = draws_.below(10);
  const auto a = static_cast<std::size_t>(draws_.below(nodes_.size()));
  const auto b =
      (a + 1 + static_cast<std::size_t>(draws_.below(nodes_.size() - 1))) % nodes_.size();
  const auto when = busy_at_ + duration{1us} * draws_.below(500'000);
  for (const auto near : {a, b}) {
    const auto length = duration{1us} * draws_.below(40'000);
    time_.at(when - 10ms + duration{1us} * draws_.below(10'000),
             [this, near, length] { nap(near, length); });
  }
  if (which < 6) {
    plan_crash(a, when);
  } else if (which < 8) {
    plan_cut(a, b, when);
  } else {
    fault_ = "break " + nodes_[a]->name() + " - " + nodes_[b]->name();
    time_.at(when, [this, a, b] { network_.break_links(nodes_[a]->id(), nodes_[b]->id()); });
  }
  fault_ += " at " + std::to_string((when - virtual_time::start()) / 1ms) + " ms";
}

void sim_cluster::plan_crash(std::size_t which, time_point when) {
  fault_ = "kill " + nodes_[which]->name();
  time_.at(when, [this, which] {
    nodes_[which]->crash();
    if ((nodes_[which]->roles() & node_role::gateway) != 0) {
      clients_.gateway_lost();
    }
  });
  const auto back = when + 100ms + duration{1us} * draws_.below(900'000);
  time_.at(back, [this, which] { nodes_[which]->start(); });
}

void sim_cluster::plan_cut(std::size_t a, std::size_t b, time_point when) {
  const bool one_way = draws_.below(2) == 0;
  fault_ = std::string(one_way ? "cut one way " : "cut ") + nodes_[a]->name() + " - "
           + nodes_[b]->name();
  const auto from = nodes_[a]->id();
  const auto to = nodes_[b]->id();
  time_.at(when, [this, from, to, one_way] {
    network_.cut_one_way(from, to);
    if (!one_way) {
      network_.cut_one_way(to, from);
    }
  });
  time_.at(when + 200ms + duration{1ms} * draws_.below(6000),
           [this, from, to] { network_.heal(from, to); });
}

} // namespace troupe
