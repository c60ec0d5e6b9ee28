// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/config/option_table.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::config {

/// Where a value came from; a later enumerator wins over an earlier one.
enum class origin : std::uint8_t { built_in, model, file, environment, flag };

[[nodiscard]] std::string_view name_of(origin from);

struct setting {
  value what;
  origin from = origin::built_in;
  std::string where; ///< "troupe.yaml:12", "TROUPE_X", "--x"; empty for built-in defaults.
};

/// Everything that may set options, unparsed.
struct sources {
  std::vector<std::pair<std::string, std::string>> flags; ///< (--flag, text), as given.
  std::map<std::string, std::string> environment;         ///< All variables of the process.
  std::string file;                                       ///< Name for messages.
  std::string yaml;                                       ///< The file's text; may be empty.
  std::map<std::string, std::string> model;               ///< A model's own defaults, by name.
  std::vector<std::string> foreign_keys; ///< Top-level YAML keys that somebody else reads.
};

/// The value of every option and its origin. Reading an undeclared name or another type is a
/// broken invariant.
class settings {
public:
  template <class T>
  [[nodiscard]] const T& get(std::string_view name) const {
    const auto* held = std::get_if<T>(&at(name).what);
    TROUPE_CHECK(held != nullptr);
    return *held;
  }

  [[nodiscard]] const setting& at(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, setting, std::less<>>& all() const { return values_; }

  /// TROUPE_* variables nobody declared, each with its suggestion; for one warning at start.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

  /// Sets `name` unless something of a later origin already has. For lists, flags add up.
  void put(const std::string& name, setting what);
  void warn(std::string text) { warnings_.push_back(std::move(text)); }

private:
  std::map<std::string, setting, std::less<>> values_;
  std::vector<std::string> warnings_;
};

/// Flags over environment over file over the model's defaults over built-in defaults. On success
/// also writes the bound members. On error nothing is written.
/// Errors: unknown_option (with the nearest name and file:line), invalid_value (key, text, range
/// and where it was given), malformed or too_large for the YAML itself.
/// Checked: test/unit/config/settings_test.cpp
[[nodiscard]] result<settings> load(const option_table& table, const sources& from);

} // namespace troupe::config
