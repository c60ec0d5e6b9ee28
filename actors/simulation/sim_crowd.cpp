// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_crowd.hpp"

#include "messages/registry.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/codec/type_entry.hpp"

#include <algorithm>

namespace troupe {

namespace {

constexpr std::uint64_t directories = 3;
constexpr duration look_every = 5ms;
constexpr duration start_within = 500ms;

using crowd_types = message_list<join, joined, renew, rejoin, leave, watch, members>;

} // namespace

sim_crowd::sim_crowd(const simulation_options& options, const mutant_switches& mutants,
                     std::uint64_t seed)
    : seed_(seed),
      draws_(mix64(seed, 0xc40d)),
      network_(time_, time_, draws_()),
      place_{.time = time_,
             .network = network_,
             .types = make_table(crowd_types{}),
             .links = mutants.links,
             .directory = mutants.directory,
             .seed = draws_(),
             .checked = false} {
  network_.set_delay(lane::control, {.least = 100us, .spread = 2ms});
  for (std::uint64_t at = 1; at <= directories; ++at) {
    place_.seeds.push_back(sim_network::endpoint_of({at}));
  }
  for (std::uint64_t at = 1; at <= std::max<std::uint64_t>(options.nodes, 10); ++at) {
    nodes_.push_back(std::make_unique<light_node>(place_, node_id{at}, "node-" + std::to_string(at),
                                                  at <= directories));
    const auto after =
        at <= directories
            ? 0us
            : duration{1us} * draws_.below(static_cast<std::uint64_t>(start_within / 1us));
    time_.at(time_.now() + after, [node = nodes_.back().get()] { node->start(); });
  }
}

void sim_crowd::settle() {
  for (std::size_t at = 0; at < place_.due.size(); ++at) {
    (void)place_.due[at]->run();
  }
  place_.due.clear();
}

bool sim_crowd::agrees(std::size_t up) {
  for (std::size_t looked = 0; looked < nodes_.size(); ++looked) {
    const auto at = (first_wrong_ + looked) % nodes_.size();
    if (!nodes_[at]->is_up()) {
      continue;
    }
    const auto& known = nodes_[at]->membership().known();
    const bool right = known.size() == up && std::ranges::all_of(known, [&](const auto& each) {
                         const auto& other = *nodes_[each.first.node.value - 1];
                         return other.is_up() && other.self() == each.first;
                       });
    if (!right) {
      first_wrong_ = at;
      return false;
    }
  }
  return true;
}

std::optional<duration> sim_crowd::until_agreed(duration most) {
  const auto begun = time_.now();
  const auto up = static_cast<std::size_t>(
      std::ranges::count_if(nodes_, [](const auto& node) { return node->is_up(); }));
  for (auto look = begun + look_every; look <= begun + most; look += look_every) {
    time_.at(look, [] {});
    while (time_.next() && *time_.next() <= look) {
      time_.step();
      settle();
    }
    if (agrees(up)) {
      return time_.now() - begun;
    }
  }
  return std::nullopt;
}

seed_outcome sim_crowd::run() {
  seed_outcome out{.seed = seed_, .nodes = nodes_.size()};
  const auto run_until = [&](time_point end) {
    time_.at(end, [] {});
    while (time_.next() && *time_.next() <= end) {
      time_.step();
      settle();
    }
  };
  run_until(time_.now() + start_within);
  const auto formed = until_agreed(form_max);
  if (!formed) {
    out.failure = "the cluster of " + std::to_string(nodes_.size()) + " did not form; "
                  + nodes_[first_wrong_]->name() + " knows "
                  + std::to_string(nodes_[first_wrong_]->membership().known().size());
  } else {
    out.formed_ms = static_cast<std::uint64_t>((*formed + start_within) / 1ms);
    run_until(time_.now() + 5s);
    // Whom it hits is chance, but for the first directory, which is the first in rank.
    std::vector<std::size_t> order;
    for (std::size_t at = 1; at < nodes_.size(); ++at) {
      order.push_back(at);
    }
    for (auto at = order.size(); at > 1; --at) {
      std::swap(order[at - 1], order[draws_.below(at)]);
    }
    order.resize(nodes_.size() / 10);
    if (seed_ % 2 == 1 && std::ranges::find(order, 1U) == order.end()) {
      order.back() = 1; // Another directory.
    }
    for (const auto at : order) {
      nodes_[at]->crash();
    }
    out.fault = std::to_string(order.size()) + " of them were killed at "
                + std::to_string(time_.elapsed() / 1ms);
    const auto agreed = until_agreed(agree_max);
    if (agreed) {
      out.agreed_ms = static_cast<std::uint64_t>(*agreed / 1ms);
    } else {
      out.failure = nodes_[first_wrong_]->name() + " knows "
                    + std::to_string(nodes_[first_wrong_]->membership().known().size())
                    + " members 2 s after the loss";
    }
  }
  out.events = time_.tasks_run();
  out.virtual_ms = static_cast<std::uint64_t>(time_.elapsed() / 1ms);
  out.trace_hash = mix64(mix64(out.events, out.formed_ms), out.agreed_ms);
  for (const auto& node : nodes_) {
    out.messages += node->is_up() ? node->links().messages_in : 0;
  }
  return out;
}

} // namespace troupe
