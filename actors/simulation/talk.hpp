// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/actor_ref.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// What the simulated talkers say to each other; never on a real wire, so in no registry.
namespace troupe {

/// Whom a message is from and for, by the word of its sender, and its place in their order.
struct talk_mark {
  actor_ref from;
  actor_ref to;
  std::uint64_t number = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "from", &talk_mark::from), field(2, "to", &talk_mark::to),
                      field(3, "number", &talk_mark::number)};
  }
};

inline constexpr std::size_t talk_padding_max = 8192;

struct talk {
  static constexpr wire_type type = 60'001;
  static constexpr std::string_view name = "talk";
  static constexpr traffic traffic_class = traffic::ordered;

  talk_mark mark;
  std::vector<actor_ref> refs; ///< Somebody the sender knows.
  std::string padding;

  static constexpr auto fields() {
    return std::tuple{field(1, "mark", &talk::mark), field(2, "refs", &talk::refs, 4),
                      field(3, "padding", &talk::padding, talk_padding_max)};
  }
};

struct talk_state {
  static constexpr wire_type type = 60'002;
  static constexpr std::string_view name = "talk_state";
  static constexpr traffic traffic_class = traffic::state;

  talk_mark mark;

  static constexpr auto fields() { return std::tuple{field(1, "mark", &talk_state::mark)}; }
};

struct talk_free {
  static constexpr wire_type type = 60'003;
  static constexpr std::string_view name = "talk_free";
  static constexpr traffic traffic_class = traffic::free;

  talk_mark mark;

  static constexpr auto fields() { return std::tuple{field(1, "mark", &talk_free::mark)}; }
};

/// Of a version that some nodes are too old for; answered by `talk_answer` at once.
struct talk_newer {
  static constexpr wire_type type = 60'007;
  static constexpr std::string_view name = "talk_newer";
  static constexpr traffic traffic_class = traffic::request;

  talk_mark mark;

  static constexpr auto fields() { return std::tuple{field(1, "mark", &talk_newer::mark)}; }
};

/// Answered after that time by `talk_answer`.
struct talk_ask {
  static constexpr wire_type type = 60'004;
  static constexpr std::string_view name = "talk_ask";
  static constexpr traffic traffic_class = traffic::request;

  talk_mark mark;
  std::uint64_t answer_after_us = 0;
  std::string padding;

  static constexpr auto fields() {
    return std::tuple{field(1, "mark", &talk_ask::mark),
                      field(2, "answer_after_us", &talk_ask::answer_after_us),
                      field(3, "padding", &talk_ask::padding, talk_padding_max)};
  }
};

struct talk_answer {
  static constexpr wire_type type = 60'005;
  static constexpr std::string_view name = "talk_answer";
  static constexpr traffic traffic_class = traffic::ordered;

  talk_mark mark;
  std::uint64_t asked = 0; ///< The number of the question.

  static constexpr auto fields() {
    return std::tuple{field(1, "mark", &talk_answer::mark), field(2, "asked", &talk_answer::asked)};
  }
};

struct talk_bulk {
  static constexpr wire_type type = 60'006;
  static constexpr std::string_view name = "talk_bulk";
  static constexpr traffic traffic_class = traffic::ordered;

  talk_mark mark;
  std::uint64_t checksum = 0; ///< Of the attachment.
  blob attachment;

  static constexpr auto fields() {
    return std::tuple{field(1, "mark", &talk_bulk::mark),
                      field(2, "checksum", &talk_bulk::checksum)};
  }
};

} // namespace troupe
