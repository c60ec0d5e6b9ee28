// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/jinja/limits.hpp"
#include "engine/text/jinja/value.hpp"
#include "runtime/base/result.hpp"
#include "runtime/json/value.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::text::jinja {

struct macro_node;

/// Something a template can call.
struct callable {
  enum class kind : std::uint8_t { function, method, macro };
  kind what = kind::function;
  std::string_view name; ///< Of the function or method.
  value self = none{};   ///< A method's object.
  const macro_node* macro = nullptr;
};

/// One run of a template: its budget, its first failure and everything it made.
/// After a failure every operation does nothing and gives undefined, so that only loops look.
class context {
public:
  explicit context(const render_limits& with) : limits(with), steps_left_(with.steps) {}

  /// False, with a failure, once the steps are used up.
  bool spend(std::uint64_t steps);
  /// What going over so many bytes once costs.
  bool spend_bytes(std::size_t bytes) { return spend(bytes / bytes_per_step); }
  [[nodiscard]] bool ok() const { return !failure_.has_value(); }
  [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }
  [[nodiscard]] int failure_line() const { return failure_line_; }

  /// Keeps the first failure with the line being run.
  value fail(std::string what);

  [[nodiscard]] value make_text(std::string text);
  [[nodiscard]] value make_list(std::vector<value> items, bool is_tuple = false);
  [[nodiscard]] dict* make_dict(bool is_namespace = false);
  [[nodiscard]] value make_callable(callable what);
  [[nodiscard]] loop_state* make_loop();
  [[nodiscard]] value from_json(const json::value& from);

  const render_limits& limits;
  int line = 1;
  int depth = 0;

private:
  static constexpr std::size_t bytes_per_step = 64;

  std::uint64_t steps_left_;
  std::optional<std::string> failure_;
  int failure_line_ = 0;
  std::deque<list> lists_;
  std::deque<dict> dicts_;
  std::deque<callable> callables_;
  std::deque<loop_state> loops_;
};

/// Counts a level of nesting while it lives.
class nesting {
public:
  explicit nesting(context& with) : with_(with) {
    if (++with_.depth > with_.limits.depth) {
      with_.fail("is nested too deeply; flatten the template or end its recursion");
    }
  }
  nesting(const nesting&) = delete;
  nesting& operator=(const nesting&) = delete;
  ~nesting() { --with_.depth; }

private:
  context& with_;
};

} // namespace troupe::text::jinja
