// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/jinja/arguments.hpp"

namespace troupe::text::jinja {

/// The methods of texts, lists and dicts that templates use.
[[nodiscard]] bool has_method(const value& object, std::string_view name);
/// The same name, with static lifetime; empty where no type has it.
[[nodiscard]] std::string_view method_name(std::string_view name);
[[nodiscard]] value call_method(context& run, const value& object, std::string_view name,
                                const call_arguments& with);

/// range, namespace, dict, raise_exception, strftime_now.
[[nodiscard]] bool is_function(std::string_view name);
[[nodiscard]] value call_function(context& run, std::string_view name, const call_arguments& with);

/// As strftime, in UTC; also %-d and its like (no leading zero). Unknown letters stay as written.
[[nodiscard]] std::string format_time(std::int64_t unix_seconds, std::string_view format);

/// Python's str.replace; `count` < 0: all.
[[nodiscard]] value replaced(context& run, std::string_view text, std::string_view from,
                             std::string_view to, std::int64_t count);
/// A list of (key, item).
[[nodiscard]] value dict_items(context& run, const dict& members);

} // namespace troupe::text::jinja
