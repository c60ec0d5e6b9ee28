// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/assembly/node_links.hpp"

#include <mutex>
#include <optional>
#include <utility>

namespace troupe {

namespace {

constexpr duration patience_min = 3s; ///< Without a directory, before the log says so.

} // namespace

struct node_links::shared {
  shared(const world& w, seed_list list, observe::logger to)
      : where(w), seeds(std::move(list)), log(std::move(to)) {}

  void found(const std::string& host, const process::name_resolver::addresses& addresses) {
    const std::lock_guard lock(mutex);
    if (is_closed) {
      return;
    }
    const auto change = seeds.found(host, addresses, where.time.now());
    if (!addresses) {
      log.warn("seed_not_found", {{"host", host}, {"why", addresses.err().text}});
    }
    for (const auto& endpoint : change.leave) {
      where.links.stop_connecting(endpoint);
    }
    for (const auto& endpoint : change.connect) {
      where.links.connect(endpoint);
    }
  }

  world where;
  mutable std::mutex mutex;
  seed_list seeds;
  observe::logger log;
  bool is_closed = false;
  std::optional<time_point> alone_since;
  duration patience = patience_min;

  void complain(bool alone) {
    const auto now = where.time.now();
    if (!alone || seeds.empty()) {
      alone_since.reset();
      patience = patience_min;
      return;
    }
    if (!alone_since) {
      alone_since = now;
    }
    if (now - *alone_since >= patience) {
      log.warn(
          "not_joined",
          {{"seeds", seeds.describe()},
           {"waited_s", std::chrono::floor<std::chrono::seconds>(now - *alone_since).count()},
           {"remedy", "does a node with the directory role run there, with the same --cluster? "
                      "it is tried again and again"}});
      patience *= 2;
    }
  }
};

node_links::node_links(const world& where, seed_list seeds,
                       std::shared_ptr<process::name_resolver> names, observe::logger log)
    : world_(where),
      shared_(std::make_shared<shared>(where, std::move(seeds), std::move(log))),
      names_(std::move(names)) {
  if (names_ != nullptr) {
    names_->listen([kept = shared_](const std::string& host,
                                    const process::name_resolver::addresses& addresses) {
      kept->found(host, addresses);
    });
  }
}

node_links::~node_links() {
  const std::lock_guard lock(shared_->mutex);
  shared_->is_closed = true;
}

void node_links::connect_seeds(bool alone) {
  const std::lock_guard lock(shared_->mutex);
  shared_->complain(alone);
  if (names_ != nullptr) {
    for (const auto& host : shared_->seeds.due(world_.time.now())) {
      names_->ask(host);
    }
  }
  for (const auto& endpoint : shared_->seeds.endpoints()) {
    world_.links.connect(endpoint);
  }
}

void node_links::connect_directory(const member& who) {
  if (!who.endpoints.empty()) {
    world_.links.connect(who.endpoints.front());
  }
}

void node_links::forget_directory(const member& who) {
  const std::lock_guard lock(shared_->mutex);
  if (!who.endpoints.empty() && !shared_->seeds.has(who.endpoints.front())) {
    world_.links.stop_connecting(who.endpoints.front());
  }
}

void node_links::learn(const member& who) {
  if (who.node != world_.links.self()) {
    world_.links.learn(who.node, who.endpoints);
  }
}

void node_links::unlearn(const member& who) {
  world_.links.unlearn(who.node);
}

} // namespace troupe
