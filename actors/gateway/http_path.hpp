// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// The path of a request target: without query, leading and trailing slash and "v1/", with %XX
/// decoded once. "/v1/models/a%2Fb?x=1" is "models/a/b". A broken %XX stays as it is.
/// Checked: test/unit/gateway/http_api_test.cpp
[[nodiscard]] std::string decode_path(std::string_view target);

/// Names a client wrote, fit for a header: joined by commas, what could end the line left out.
[[nodiscard]] std::string header_value_of(const std::vector<std::string>& names);

/// 404, or 503 while no model is known at all.
[[nodiscard]] error unknown_model(std::string_view name, bool knows_none);

} // namespace troupe
