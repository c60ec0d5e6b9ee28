// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <tuple>

namespace troupe {

/// A message type's permanent number on the wire.
using wire_type = std::uint16_t;

/// What the bus does with a message when its receiver's window is full (protocol: rules of the
/// bus).
enum class traffic : std::uint8_t {
  request, ///< Refused at once with `overloaded`.
  state,   ///< Replaced by a newer one of the same type and source.
  ordered, ///< Waits in a bounded window of its own; over it the session ends.
  free,    ///< Needs no credit: credit, cancel, queries of operators.
};

/// One field of a struct that crosses the wire: its permanent number, name, place and bound.
/// A struct lists its fields once and the codec, the printer and the documentation follow:
///
///   static constexpr auto fields() {
///     return std::tuple{field(1, "id", &place::id), field(2, "names", &place::names, 4096)};
///   }
///
/// Numbers are 1..127 and ascending (checked when the codec is instantiated); `items_max` bounds
/// strings, lists and token lists in items; a reader refuses more before it allocates.
template <class Owner, class T>
struct field_def {
  std::uint8_t number;
  std::string_view name;
  T Owner::* member;
  std::size_t items_max;
};

inline constexpr std::size_t text_bytes_max = 256;

template <class Owner, class T>
constexpr field_def<Owner, T> field(std::uint8_t number, std::string_view name, T Owner::* member,
                                    std::size_t items_max = text_bytes_max) {
  return {number, name, member, items_max};
}

/// A struct that lists its fields.
template <class T>
concept described = requires { T::fields(); };

/// A described struct that may travel alone: `static constexpr wire_type type`, `static constexpr
/// std::string_view name`, `static constexpr traffic traffic_class`.
template <class T>
concept bus_message = described<T> && requires {
  { T::type } -> std::convertible_to<wire_type>;
  { T::name } -> std::convertible_to<std::string_view>;
  { T::traffic_class } -> std::convertible_to<traffic>;
};

/// A message with bulk bytes beside it: a member `blob attachment` that is not among its fields.
/// The lane is a property of the type: exactly these types use the bulk lane for those bytes.
template <class T>
concept with_attachment = bus_message<T> && requires(T m) {
  { m.attachment } -> std::same_as<blob&>;
};

} // namespace troupe
