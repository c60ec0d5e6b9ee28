// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/actor_system.hpp"
#include "runtime/bus/bus.hpp"
#include "runtime/codec/fields.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

/// Messages and an actor that keeps what it hears, for tests of the bus.
namespace troupe::test {

struct note {
  static constexpr wire_type type = 1;
  static constexpr std::string_view name = "note";
  static constexpr traffic traffic_class = traffic::ordered;
  std::uint64_t number = 0;
  actor_ref who;
  bytes padding;
  static constexpr auto fields() {
    return std::tuple{field(1, "number", &note::number), field(2, "who", &note::who),
                      field(3, "padding", &note::padding, 1U << 20U)};
  }
};

struct question {
  static constexpr wire_type type = 2;
  static constexpr std::string_view name = "question";
  static constexpr traffic traffic_class = traffic::request;
  std::uint64_t number = 0;
  bytes padding;
  static constexpr auto fields() {
    return std::tuple{field(1, "number", &question::number),
                      field(2, "padding", &question::padding, 1U << 20U)};
  }
};

struct report {
  static constexpr wire_type type = 3;
  static constexpr std::string_view name = "report";
  static constexpr traffic traffic_class = traffic::state;
  std::uint64_t number = 0;
  bytes padding;
  static constexpr auto fields() {
    return std::tuple{field(1, "number", &report::number),
                      field(2, "padding", &report::padding, 1U << 20U)};
  }
};

struct shout {
  static constexpr wire_type type = 4;
  static constexpr std::string_view name = "shout";
  static constexpr traffic traffic_class = traffic::free;
  std::uint64_t number = 0;
  static constexpr auto fields() { return std::tuple{field(1, "number", &shout::number)}; }
};

struct crate {
  static constexpr wire_type type = 5;
  static constexpr std::string_view name = "crate";
  static constexpr traffic traffic_class = traffic::ordered;
  std::uint64_t number = 0;
  blob attachment;
  static constexpr auto fields() { return std::tuple{field(1, "number", &crate::number)}; }
};

[[nodiscard]] type_table bus_test_table();

/// What an actor heard. `answer` set: it answers every question with a note of the same number.
struct heard {
  std::vector<delivery> messages;
  std::vector<std::size_t> groups; ///< How many messages came in each `deliveries`.
  std::vector<down> downs;
  std::vector<peer_up> ups;
  std::vector<peer_down> losses;
  std::function<void(const delivery&)> on_message;
};

[[nodiscard]] caf::actor spawn_listener(caf::actor_system& system, std::shared_ptr<heard> to);

/// Ends a listener.
void end_listener(const caf::actor& who);

} // namespace troupe::test
