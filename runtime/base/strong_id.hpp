// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace troupe {

/// A number that is an identity: comparable and hashable, but no arithmetic and no mixing with the
/// ids of other things. `using step_id = strong_id<struct step_id_tag, std::uint64_t>;`
template <class Tag, class Rep>
struct strong_id {
  using rep = Rep;

  Rep value{};

  friend constexpr auto operator<=>(const strong_id&, const strong_id&) = default;
};

} // namespace troupe

template <class Tag, class Rep>
struct std::hash<troupe::strong_id<Tag, Rep>> {
  std::size_t operator()(const troupe::strong_id<Tag, Rep>& id) const noexcept {
    return std::hash<Rep>{}(id.value);
  }
};
