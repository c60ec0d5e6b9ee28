// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/bus/posts.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Trials of how fast, and how wrongly, nodes give each other up.
namespace troupe::chaos {

/// A node that notes when it meets and loses others. Also what a victim is.
/// Thread: any but the bus's.
class watcher {
public:
  static constexpr std::size_t losses_max = 1'000;

  /// `id` tells nodes apart. A victim's actors block for good once told to.
  explicit watcher(std::uint64_t id);
  watcher(const watcher&) = delete;
  watcher& operator=(const watcher&) = delete;
  ~watcher();

  [[nodiscard]] std::string endpoint() const; ///< Empty: it could not listen.
  void connect(const std::string& endpoint);

  /// False: not within `patience`.
  [[nodiscard]] bool wait_for(std::uint64_t id, duration patience);
  /// When that node was lost, if it was within `patience`.
  [[nodiscard]] std::optional<time_point> wait_for_loss(std::uint64_t id, duration patience);
  [[nodiscard]] std::string why_lost(std::uint64_t id) const;

  struct loss {
    std::uint64_t id = 0;
    time_point at;
    std::string why;
  };
  [[nodiscard]] std::vector<loss> losses() const; ///< At most the first `losses_max`.

  /// Blocks every thread that runs that node's actors.
  void hang(std::uint64_t id);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace troupe::chaos
