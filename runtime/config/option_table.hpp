// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/config/option.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::config {

/// All options of a program, in the order of declaration.
/// Role: filled once at start, then read by load(), help and reference. Thread: one, then any.
class option_table {
public:
  /// Requires: a name, flag, letter and variable that no other option has (checked).
  void add(option what);

  [[nodiscard]] const std::vector<option>& options() const { return options_; }
  [[nodiscard]] const option* find(std::string_view name) const;
  [[nodiscard]] const option* find_flag(std::string_view flag) const;
  [[nodiscard]] const option* find_env(std::string_view variable) const;

  /// Whether `path` is a section: a proper dotted prefix of some option's name.
  [[nodiscard]] bool is_section(std::string_view path) const;

  [[nodiscard]] std::vector<std::string> names() const; ///< Of the options that YAML may set.
  [[nodiscard]] std::vector<std::string> flags() const;
  [[nodiscard]] std::vector<std::string> variables() const;

private:
  std::vector<option> options_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  std::map<std::string, std::size_t, std::less<>> by_flag_;
  std::map<std::string, std::size_t, std::less<>> by_env_;
};

} // namespace troupe::config
