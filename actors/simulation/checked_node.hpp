// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/actor_ref.hpp"

#include <string>

namespace troupe {

class directory_core;
class membership_core;
class node_core;
class planner_core;

/// What the checks look at in a node, however it is simulated. All but the first two: while it is
/// up.
class checked_node {
public:
  checked_node() = default;
  checked_node(const checked_node&) = delete;
  checked_node& operator=(const checked_node&) = delete;
  virtual ~checked_node() = default;

  [[nodiscard]] virtual const std::string& name() const = 0;
  [[nodiscard]] virtual bool is_up() const = 0;
  [[nodiscard]] virtual const node_ref& self() const = 0;
  [[nodiscard]] virtual const membership_core& membership() const = 0;
  [[nodiscard]] virtual const directory_core* directory() const = 0;            ///< nullptr: none.
  [[nodiscard]] virtual const node_core* agent() const = 0;                     ///< nullptr: none.
  [[nodiscard]] virtual const planner_core* planner() const { return nullptr; } ///< The same.
};

} // namespace troupe
