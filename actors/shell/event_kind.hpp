// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "runtime/bus/message.hpp"
#include "runtime/codec/type_table.hpp"

#include <cstdint>
#include <string>

namespace troupe {

/// What an actor handles: a message by its type, or something from inside its process. Below
/// limits::event_kinds_max, so that tables by kind are arrays.
using event_kind = std::uint8_t;

namespace event_kinds {

inline constexpr event_kind none = 0;
inline constexpr event_kind other = 249;   ///< Messages whose numbers are too high.
inline constexpr event_kind failure = 250; ///< An error in place of an answer.
inline constexpr event_kind down = 251;    ///< Somebody watched has ended.
inline constexpr event_kind posted = 252;  ///< A completion of a thread of the process.
inline constexpr event_kind wake = 253;    ///< Time.
inline constexpr event_kind start = 254;

} // namespace event_kinds

inline event_kind kind_of(const delivery& what) {
  if (!what.body) {
    return event_kinds::failure;
  }
  const auto type = what.body.type();
  return type < event_kinds::other ? static_cast<event_kind>(type) : event_kinds::other;
}

/// The message's name, or that of the constant above.
[[nodiscard]] std::string name_of(event_kind what, const type_table& types);

} // namespace troupe
