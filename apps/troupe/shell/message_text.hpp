// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/bus/message.hpp"
#include "runtime/codec/describe.hpp"
#include "runtime/json/value.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::shell {

/// What operators need of a message type.
struct message_form {
  std::string name;
  wire_type type = 0;
  std::string traffic_class;
  std::vector<described_field> fields;

  /// Of an object with the names of fields; missing ones keep their default. Errors: unknown_option
  /// (no such field, with those there are), invalid_value, too_large; `field` is the path.
  result<message> (*make)(const json::value& from) = nullptr;
  json::value (*show)(const void* body) = nullptr;
};

/// Every message of the registry by number.
[[nodiscard]] const std::vector<message_form>& message_forms();
[[nodiscard]] const message_form* find_form(std::string_view name); ///< Null: none.

/// The structs and enums inside messages, by name.
[[nodiscard]] const type_catalog& message_parts();

/// `name{field=value list=[1 2] inner={a="x y"}}` as its name and an object; `name` alone is
/// `name{}`; JSON's own marks (: and ,) are fine too. Errors: malformed.
struct named_object {
  std::string name;
  json::value body;
};
[[nodiscard]] result<named_object> parse_object(std::string_view text);

/// Both steps. Errors: also unknown_type with the nearest name.
[[nodiscard]] result<message> parse_message(std::string_view text);

/// {"message": name, fields...}; an empty one is null.
[[nodiscard]] json::value message_json(const message& what);

/// Whether asking it changes nothing: the types whose name ends in _query.
[[nodiscard]] bool is_harmless(wire_type type);

/// Checked: test/unit/shell_command/message_text_test.cpp

} // namespace troupe::shell
