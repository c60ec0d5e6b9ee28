// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/json/value.hpp"

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::json {

/// The first thing wrong with a document that several readers work on.
class complaints {
public:
  /// Keeps the first one: `field` is the path, the text "<path>: <what>".
  void add(errc code, const std::string& path, const std::string& what);

  [[nodiscard]] bool empty() const { return !first_.has_value(); }
  [[nodiscard]] const std::optional<error>& first() const { return first_; }

private:
  std::optional<error> first_;
};

struct integer_range {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

struct number_range {
  double min = std::numeric_limits<double>::lowest();
  double max = std::numeric_limits<double>::max();
};

/// Reads an object's fields by type, without a test after each: what is missing or wrong is kept in
/// `complaints` (the first only) and a harmless default is returned, so that one look at the end
/// suffices. Null counts as absent. The document must outlive the reader.
///
///     json::complaints wrong;
///     json::object_reader body(document, "", wrong);
///     auto model = body.string("model");
///     auto n = body.integer_or("n", 1, {1, 16});
///     if (wrong.first()) return *wrong.first();
///
/// Errors: invalid_value, with text such as "messages[2].content: expected a string, got null;
/// ...". Checked: test/unit/json/fields_test.cpp
class object_reader {
public:
  /// Complains if `from` is no object; every field is absent then.
  object_reader(const value& from, std::string path, complaints& wrong);

  /// Null where absent or null.
  [[nodiscard]] const value* find(std::string_view name) const;
  [[nodiscard]] std::string path_of(std::string_view name) const;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] complaints& wrong() const { return *wrong_; }

  /// Required fields.
  [[nodiscard]] const value& required(std::string_view name) const;
  [[nodiscard]] std::string string(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name, integer_range range = {}) const;
  [[nodiscard]] double number(std::string_view name, number_range range = {}) const;
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] const value::array& array(std::string_view name) const;
  [[nodiscard]] object_reader object(std::string_view name) const;

  /// Optional fields.
  [[nodiscard]] std::string string_or(std::string_view name, std::string_view absent) const;
  [[nodiscard]] std::int64_t integer_or(std::string_view name, std::int64_t absent,
                                        integer_range range = {}) const;
  [[nodiscard]] double number_or(std::string_view name, double absent,
                                 number_range range = {}) const;
  [[nodiscard]] bool boolean_or(std::string_view name, bool absent) const;
  [[nodiscard]] std::optional<std::string> maybe_string(std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> maybe_integer(std::string_view name,
                                                          integer_range range = {}) const;
  [[nodiscard]] std::optional<double> maybe_number(std::string_view name,
                                                   number_range range = {}) const;
  [[nodiscard]] std::optional<bool> maybe_boolean(std::string_view name) const;
  [[nodiscard]] const value::array* maybe_array(std::string_view name) const;
  [[nodiscard]] std::optional<object_reader> maybe_object(std::string_view name) const;

  /// Complains about the first member that is none of `known`.
  void refuse_unknown(std::initializer_list<std::string_view> known) const;

  /// Complains about a field that this reader's caller found wrong.
  void complain(std::string_view name, const std::string& what) const;

private:
  void expect(std::string_view name, kind what, const value& got) const;

  const value* from_;
  std::string path_;
  complaints* wrong_;
};

/// "path[index]"
[[nodiscard]] std::string path_at(std::string_view path, std::size_t index);

} // namespace troupe::json
