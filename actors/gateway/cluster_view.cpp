// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/cluster_view.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

void cluster_view::apply(const members& what) {
  if (what.full && what.epoch == epoch_) {
    const auto gone = [&](const auto& item) {
      return std::ranges::none_of(what.added,
                                  [&](const member& m) { return m.node == item.first.node; });
    };
    std::erase_if(routers_, gone);
    std::erase_if(workers_, gone);
    std::erase_if(agents_, [&](const actor_ref& who) { return gone(std::pair(who, 0)); });
    std::erase_if(gateways_, [&](const actor_ref& who) { return gone(std::pair(who, 0)); });
  }
  epoch_ = std::max(epoch_, what.epoch);
  for (const auto& node : what.removed) {
    forget(node);
  }
  for (const auto& who : what.added) {
    add(who);
  }
}

void cluster_view::forget(const node_ref& node) {
  const auto of_node = [&](const auto& item) {
    return item.first.node == node;
  };
  std::erase_if(agents_, [&](const actor_ref& who) { return who.node == node; });
  std::erase_if(gateways_, [&](const actor_ref& who) { return who.node == node; });
  std::erase_if(routers_, of_node);
  std::erase_if(workers_, of_node);
}

void cluster_view::add(const member& who) {
  std::erase_if(workers_, [&](const auto& item) { return item.first.node == who.node; });
  std::erase_if(gateways_, [&](const actor_ref& one) { return one.node == who.node; });
  std::erase_if(routers_, [&](const auto& item) {
    return item.first.node == who.node && std::ranges::none_of(who.services, [&](const service& s) {
             return s.role == service_role::router && s.actor == item.first;
           });
  });
  for (const auto& what : who.services) {
    if (what.role == service_role::router) {
      routers_.try_emplace(what.actor);
    } else if (what.role == service_role::node) {
      agents_.insert(what.actor);
    } else if (what.role == service_role::gateway && who.node != home_) {
      gateways_.insert(what.actor);
    } else if (what.role == service_role::worker && !what.model.empty()) {
      workers_.insert_or_assign(what.actor, worker{.node = who.node,
                                                   .node_name = who.name,
                                                   .roles = what.roles,
                                                   .model = what.model,
                                                   .digest = what.digest});
    }
  }
}

actor_ref cluster_view::pick_router(time_point now) const {
  actor_ref best;
  for (const auto& [who, resting_until] : routers_) {
    const bool usable = resting_until <= now;
    if (usable && (!best || (who.node == home_ && best.node != home_))) {
      best = who;
    }
  }
  return best;
}

void cluster_view::rest_router(const actor_ref& who, time_point until) {
  if (const auto found = routers_.find(who); found != routers_.end()) {
    found->second = until;
  }
}

std::optional<cluster_view::worker> cluster_view::find_worker(const std::string& node_name) const {
  for (const auto& [who, what] : workers_) {
    if (what.node_name == node_name) {
      return what;
    }
  }
  return std::nullopt;
}

std::map<std::string, cluster_view::model_source> cluster_view::models() const {
  std::map<std::string, std::map<model_digest, std::vector<actor_ref>>> by_name;
  for (const auto& [who, what] : workers_) {
    by_name[what.model][what.digest].push_back(who);
  }
  std::map<std::string, model_source> out;
  for (auto& [name, digests] : by_name) {
    auto& best = out[name];
    for (auto& [digest, workers] : digests) {
      if (workers.size() > best.workers.size()) {
        best = {digest, std::move(workers)};
      }
    }
  }
  return out;
}

} // namespace troupe
