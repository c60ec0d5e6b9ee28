// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/jinja/arguments.hpp"

namespace troupe::text::jinja {

[[nodiscard]] bool is_filter(std::string_view name);
[[nodiscard]] bool is_test(std::string_view name);

/// Requires: the filter exists (templates that use others are not parsed).
[[nodiscard]] value call_filter(context& run, std::string_view name, const value& in,
                                const call_arguments& with);
[[nodiscard]] bool call_test(context& run, std::string_view name, const value& in,
                             const call_arguments& with);

/// The filters over one value and over the items of one, by file.
using filter_function = value (*)(context&, const value&, const call_arguments&);
[[nodiscard]] filter_function find_value_filter(std::string_view name);
[[nodiscard]] filter_function find_sequence_filter(std::string_view name);

} // namespace troupe::text::jinja
