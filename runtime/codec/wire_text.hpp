// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace troupe {

/// `text` made fit for a text field: what is not UTF-8 becomes '?', and at most `bytes_max` bytes
/// are kept, cut between characters.
/// Thread: any. Checked: test/unit/codec/print_test.cpp
[[nodiscard]] std::string to_wire_text(std::string_view text, std::size_t bytes_max);

} // namespace troupe
