// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace troupe {

/// docs/wire.md: every message of the registry with its number, class, lane and fields, and every
/// struct and enum inside them. Checked and written by test/wire/wire_page_test.cpp
[[nodiscard]] std::string wire_page();

} // namespace troupe
