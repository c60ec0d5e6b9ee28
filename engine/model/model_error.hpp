// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/error.hpp"

#include <string>
#include <string_view>

namespace troupe::engine {

/// The error of a model directory that cannot be served: "<file>: <subject>: <what>; <remedy>".
/// `subject` is a tensor or a field and becomes error::field; empty: the file does.
[[nodiscard]] error model_error(std::string_view file, std::string_view subject,
                                std::string_view what, std::string_view remedy);

/// The remedy for a file that is damaged.
inline constexpr std::string_view fetch_again = "copy or download the file again";

} // namespace troupe::engine
