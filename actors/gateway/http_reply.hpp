// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/http_api.hpp"
#include "runtime/http/server.hpp"

namespace troupe {

/// The handler that puts `api` behind an http::server. A client whose unsent output passes the
/// server's bound counts as gone. Requires: the server is stopped before `api` ends.
/// Checked: test/unit/gateway/http_reply_test.cpp (over loopback)
[[nodiscard]] http::server::handler serve_with(http_api& api);

} // namespace troupe
