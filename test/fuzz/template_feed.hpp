// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

#include <string>

namespace troupe::test {

/// A chat template parsed and rendered under small limits: `input` is its source and, behind a NUL,
/// the variables as JSON; without these a conversation with calls, parts and tools.
/// Requires of the engine, checked: two renderings are the same; what they print is within the
/// limits; an error is template_failed and names a line.
/// Checked: test/fuzz/template_feed_test.cpp, test/fuzz/fuzz_template.cpp
[[nodiscard]] result<std::string> feed_template(bytes_view input);

} // namespace troupe::test
