// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/posts.hpp"

#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <utility>

namespace troupe::bench {

/// An actor that hands what the bus posts to functions.
class listener final : public caf::event_based_actor {
public:
  using handler = std::function<void(const delivery&)>;
  using up_handler = std::function<void(const peer_up&)>;
  listener(caf::actor_config& config, handler on_delivery, up_handler on_up)
      : caf::event_based_actor(config),
        on_delivery_(std::move(on_delivery)),
        on_up_(std::move(on_up)) {}

  caf::behavior make_behavior() override {
    return {
        [this](const delivery& what) { on_delivery_(what); },
        [this](const deliveries& many) { std::ranges::for_each(many.all, on_delivery_); },
        [this](const peer_up& what) {
          if (on_up_) {
            on_up_(what);
          }
        },
        [](const peer_down& what) {
          std::fprintf(stderr, "bench bus: the session ended: %s\n", what.why.text.c_str());
        },
        [](const down&) {},
    };
  }

private:
  handler on_delivery_;
  up_handler on_up_;
};

} // namespace troupe::bench
