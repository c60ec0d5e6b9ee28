// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/jinja/context.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::text::jinja {

/// The arguments of a call, evaluated.
struct call_arguments {
  std::vector<value> positional;
  std::vector<std::pair<std::string_view, value>> named;

  /// The one at `index` or called `name`, or null.
  [[nodiscard]] const value* get(std::size_t index, std::string_view name) const {
    if (index < positional.size()) {
      return &positional[index];
    }
    for (const auto& one : named) {
      if (one.first == name) {
        return &one.second;
      }
    }
    return nullptr;
  }
  /// A text argument, or null where it is absent or none; fails for other types.
  [[nodiscard]] const std::string* text(context& run, std::size_t index,
                                        std::string_view name) const {
    const auto* found = get(index, name);
    if (found == nullptr || is<none>(*found)) {
      return nullptr;
    }
    const auto* text = text_of(*found);
    if (text == nullptr) {
      run.fail("gives " + std::string(name) + " a " + std::string(type_name(*found))
               + "; give it a text");
    }
    return text;
  }
  [[nodiscard]] std::int64_t integer(context& run, std::size_t index, std::string_view name,
                                     std::int64_t absent) const {
    const auto* found = get(index, name);
    if (found == nullptr || is<none>(*found)) {
      return absent;
    }
    std::int64_t storage = 0;
    const auto* integer = integer_of(*found, storage);
    if (integer == nullptr) {
      run.fail("gives " + std::string(name) + " a " + std::string(type_name(*found))
               + "; give it an integer");
      return absent;
    }
    return *integer;
  }
  [[nodiscard]] bool flag(std::size_t index, std::string_view name, bool absent) const {
    const auto* found = get(index, name);
    return found == nullptr ? absent : truth_of(*found);
  }
};

} // namespace troupe::text::jinja
