// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_store.hpp"

#include <utility>

namespace troupe {

namespace {

constexpr duration interval = 500ms;
constexpr duration answer_max = 5ms;

duration draw_below(duration most, rng& draws) {
  return duration{1us} * draws.below(static_cast<std::uint64_t>(most / 1us));
}

} // namespace

void sim_record_server::write(const join& what) {
  records_[what.me.node.node] = {what, time_.now() + lease};
}

void sim_record_server::erase(const node_ref& who) {
  const auto found = records_.find(who.node);
  if (found != records_.end() && found->second.what.me.node == who) {
    records_.erase(found);
  }
}

std::vector<join> sim_record_server::all() {
  std::erase_if(records_, [&](const auto& item) { return item.second.until <= time_.now(); });
  std::vector<join> out;
  for (const auto& [id, one] : records_) {
    out.push_back(one.what);
  }
  return out;
}

void sim_store::crash() {
  is_crashed_ = true;
  own_.clear();
  sink_ = {};
}

void sim_store::withdraw(const node_ref& who) {
  if (is_crashed_) {
    return;
  }
  own_.erase(who.node);
  server_.erase(who);
}

void sim_store::begin() {
  time_.at(time_.now() + draw_below(answer_max, draws_), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      self->round();
    }
  });
}

void sim_store::round() {
  if (is_crashed_) {
    return;
  }
  bool is_complete = true;
  for (const auto& [id, what] : own_) {
    if (faults_.fires(fault::store_put)) {
      is_complete = false;
    } else {
      server_.write(what);
    }
  }
  auto all = server_.all();
  std::erase_if(all, [&](const join&) {
    const bool fails = faults_.fires(fault::store_get);
    is_complete = is_complete && !fails;
    return fails;
  });
  time_.at(time_.now() + draw_below(answer_max, draws_),
           [weak = weak_from_this(), all = std::move(all), is_complete] {
             if (const auto self = weak.lock(); self != nullptr && self->sink_) {
               self->sink_(all, is_complete);
             }
           });
  time_.at(time_.now() + interval, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      self->round();
    }
  });
}

} // namespace troupe
