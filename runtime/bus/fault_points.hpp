// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/base/rng.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

/// Everything that a simulated world may do to its nodes. The first ones are named points inside a
/// process or its network, which fire by themselves, as do those of stores; the others are done by
/// a scene.
enum class fault : std::uint8_t {
  lose,      ///< A frame vanishes and the link stands.
  duplicate, ///< A frame arrives twice.
  reorder,   ///< A frame is overtaken by later ones of its lane.
  delay,     ///< A frame, and all after it, come late.
  dial,      ///< A link that is opened breaks at once.
  refuse,    ///< A link does not take a frame, for a moment.
  timer,     ///< A wake comes late.
  cut,       ///< Two nodes do not hear each other.
  one_way,   ///< One of them does not hear the other.
  split,     ///< Two groups do not hear each other.
  isolate,   ///< One node and all others do not hear each other.
  sever,     ///< Connections of two nodes break, and can be made again.
  clog,      ///< Frames of one direction wait.
  pause,     ///< A process stops and goes on.
  hang,      ///< Its actors stop, its bus goes on.
  restart,   ///< A process is killed and comes back as a new incarnation.
  leave,     ///< A process ends in good order and comes back.
  store_put, ///< A store does not take what it is given.
  store_get, ///< A store does not give what it has.
};
inline constexpr std::size_t fault_count = 19;

[[nodiscard]] std::string_view name_of(fault what);

/// A set of faults.
class fault_set {
public:
  constexpr fault_set() = default;
  [[nodiscard]] static constexpr fault_set all() { return fault_set((1U << fault_count) - 1); }

  /// "all", "none", or names with commas. Errors: invalid_value with the names there are.
  [[nodiscard]] static result<fault_set> parse(std::string_view text, const std::string& field);
  [[nodiscard]] std::string text() const; ///< What `parse` reads.

  [[nodiscard]] constexpr bool has(fault what) const {
    return (bits_ >> static_cast<unsigned>(what) & 1U) != 0;
  }
  constexpr void add(fault what) { bits_ |= 1U << static_cast<unsigned>(what); }

  friend bool operator==(const fault_set&, const fault_set&) = default;

private:
  explicit constexpr fault_set(std::uint32_t bits) : bits_(bits) {}
  std::uint32_t bits_ = 0;
};

/// How often each fault was done.
using fault_counts = std::array<std::uint64_t, fault_count>;

/// Which points fire, by chance and from a seed: each draws for itself, so that switching one off
/// leaves the others' choices alone. Thread: one. Checked: test/unit/bus/fault_points_test.cpp
class fault_points {
public:
  static constexpr std::uint32_t always = 1'000'000;

  explicit fault_points(std::uint64_t seed);

  /// Fires once in `always / rate` asks on the average; 0: never, and draws nothing.
  void set(fault what, std::uint32_t rate) { at(what).rate = rate; }
  void silence(); ///< None fires from now on.

  [[nodiscard]] bool fires(fault what) {
    auto& point = at(what);
    if (point.rate == 0 || point.draw.below(always) >= point.rate) {
      return false;
    }
    count(what);
    return true;
  }

  /// A number below `bound` for a point that fired.
  [[nodiscard]] std::uint64_t draw(fault what, std::uint64_t bound) {
    return at(what).draw.below(bound);
  }

  void count(fault what) { ++counts_[static_cast<std::size_t>(what)]; }
  [[nodiscard]] const fault_counts& counts() const { return counts_; }

private:
  struct drawn {
    std::uint32_t rate = 0;
    rng draw{0};
  };
  [[nodiscard]] drawn& at(fault what) { return points_[static_cast<std::size_t>(what)]; }

  std::array<drawn, fault_count> points_;
  fault_counts counts_{};
};

} // namespace troupe
