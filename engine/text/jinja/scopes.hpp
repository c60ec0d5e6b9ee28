// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/jinja/value.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::text::jinja {

/// Names and their values: the template's own scope at the bottom, one more per loop pass, macro
/// call and block. A macro sees its own scopes and the bottom one. Names view the template or the
/// caller's variables.
class scopes {
public:
  scopes() : stack_(1) {}

  /// Null where nobody set it. Cost: look_up_steps().
  [[nodiscard]] const value* find(std::string_view name) const {
    for (auto at = stack_.size(); at > floor_; --at) {
      if (const auto* found = find_in(stack_[at - 1], name)) {
        return found;
      }
    }
    return find_in(stack_.front(), name);
  }

  /// What looking up or setting a name costs beyond a step: it may pass every name there is.
  [[nodiscard]] std::uint64_t look_up_steps() const { return width_ / 64; }

  /// In the innermost scope.
  void set(std::string_view name, value item) {
    auto& innermost = stack_.back();
    if (auto* found = find_in(innermost, name)) {
      *const_cast<value*>(found) = std::move(item);
    } else {
      innermost.emplace_back(name, std::move(item));
      ++width_;
    }
  }

  void enter() { stack_.emplace_back(); }
  void leave() {
    width_ -= stack_.back().size();
    stack_.pop_back();
  }
  void clear_innermost() {
    width_ -= stack_.back().size();
    stack_.back().clear();
  }

  /// Hides everything but the bottom scope; returns what `restore` takes.
  std::size_t enter_macro() {
    enter();
    return std::exchange(floor_, stack_.size() - 1);
  }
  void leave_macro(std::size_t floor) {
    leave();
    floor_ = floor;
  }

private:
  using scope = std::vector<std::pair<std::string_view, value>>;

  static const value* find_in(const scope& names, std::string_view name) {
    for (const auto& one : names) {
      if (one.first == name) {
        return &one.second;
      }
    }
    return nullptr;
  }

  std::vector<scope> stack_;
  std::size_t width_ = 0;
  std::size_t floor_ = 0;
};

} // namespace troupe::text::jinja
