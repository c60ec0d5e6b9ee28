// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/jinja/arguments.hpp"

namespace troupe::text::jinja {

/// Empty where texts have no such method.
[[nodiscard]] std::string_view text_method_name(std::string_view name);
/// Requires: the method exists.
[[nodiscard]] value call_text_method(context& run, const std::string& text, std::string_view name,
                                     const call_arguments& with);

} // namespace troupe::text::jinja
