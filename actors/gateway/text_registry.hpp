// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/model_text.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace troupe {

/// The text sides of the models that are served, by name: written by the gateway's actor, read by
/// HTTP threads. A reader keeps what it got as long as it likes.
/// Thread: any. Cost: one short lock.
class text_registry {
public:
  using snapshot = std::map<std::string, std::shared_ptr<const model_text>, std::less<>>;

  [[nodiscard]] std::shared_ptr<const snapshot> current() const {
    const std::lock_guard lock(mutex_);
    return now_;
  }

  /// Null: no such model.
  [[nodiscard]] std::shared_ptr<const model_text> find(std::string_view name) const {
    const auto all = current();
    const auto found = all->find(name);
    return found == all->end() ? nullptr : found->second;
  }

  void publish(snapshot next) {
    auto fresh = std::make_shared<const snapshot>(std::move(next));
    const std::lock_guard lock(mutex_);
    now_ = std::move(fresh);
  }

private:
  mutable std::mutex mutex_;
  std::shared_ptr<const snapshot> now_ = std::make_shared<const snapshot>();
};

} // namespace troupe
