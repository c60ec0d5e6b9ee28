// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/assembly/node_stats.hpp"

#include <memory>
#include <utility>

namespace troupe {

namespace {

/// Each actor holds it until it has answered; an actor that ended lets go of it too.
class collection {
public:
  collection(const world& where, node_stats with, std::function<void(const node_stats&)> done)
      : into(std::move(with)), time_(where.time), queue_(where.queue), done_(std::move(done)) {}
  collection(const collection&) = delete;
  collection& operator=(const collection&) = delete;
  ~collection() {
    queue_.at(time_.now(), [done = std::move(done_), all = std::move(into)] { done(all); });
  }

  node_stats into; ///< One member for each writer.

private:
  const clock& time_;
  timers& queue_;
  std::function<void(const node_stats&)> done_;
};

} // namespace

void collect_stats(const node_parts& parts, const world& where, node_stats with,
                   std::function<void(const node_stats&)> done) {
  with.links = where.links.count();
  const auto all = std::make_shared<collection>(where, std::move(with), std::move(done));
  const auto ask = [&](const auto& part, auto member) {
    if (part) {
      part->post([all, member](const auto& core, context&) { all->into.*member = core.stats(); });
    }
  };
  ask(parts.membership, &node_stats::membership);
  ask(parts.directory, &node_stats::directory);
  ask(parts.gateway, &node_stats::gateway);
  ask(parts.router, &node_stats::router);
  ask(parts.worker, &node_stats::worker);
  ask(parts.cache, &node_stats::cache);
  ask(parts.agent, &node_stats::slots);
}

} // namespace troupe
