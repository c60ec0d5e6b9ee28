// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/unit/bus/bus_fixture.hpp"

#include "runtime/codec/type_entry.hpp"

#include <caf/send.hpp>

namespace troupe::test {

namespace {

class listener : public caf::event_based_actor {
public:
  listener(caf::actor_config& config, std::shared_ptr<heard> to)
      : caf::event_based_actor(config), to_(std::move(to)) {}

  caf::behavior make_behavior() override {
    return {
        [this](const delivery& what) { hear(what); },
        [this](const deliveries& many) {
          to_->groups.push_back(many.all.size());
          for (const auto& what : many.all) {
            hear(what);
          }
        },
        [this](const down& what) { to_->downs.push_back(what); },
        [this](const peer_up& what) { to_->ups.push_back(what); },
        [this](const peer_down& what) { to_->losses.push_back(what); },
    };
  }

private:
  void hear(const delivery& what) {
    if (what.hold && !what.hold->alive()) {
      return;
    }
    if (to_->on_message) {
      to_->on_message(what);
    } else {
      to_->messages.push_back(what);
    }
  }

  std::shared_ptr<heard> to_;
};

} // namespace

type_table bus_test_table() {
  return make_table<note, question, report, shout, crate>();
}

caf::actor spawn_listener(caf::actor_system& system, std::shared_ptr<heard> to) {
  return system.spawn<listener>(std::move(to));
}

void end_listener(const caf::actor& who) {
  caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
}

} // namespace troupe::test
