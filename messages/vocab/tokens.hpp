// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace troupe {

/// A token's number in its model's vocabulary.
using token_id = std::uint32_t;

using token_list = std::vector<token_id>;

} // namespace troupe
