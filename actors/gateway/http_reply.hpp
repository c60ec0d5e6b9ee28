// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/http_api.hpp"
#include "runtime/http/server.hpp"

#include <memory>

namespace troupe {

/// Puts `api` behind an HTTP server; what the server itself refuses (a body over the limit, a
/// request that never ends) has OpenAI's error body too. A client whose unsent output passes the
/// server's bound is dropped as gone. Requires: the server is stopped before `api` ends; `api` is
/// connected. Errors: those of http::server::start. Checked: test/unit/gateway/http_reply_test.cpp
/// (over loopback)
[[nodiscard]] result<std::unique_ptr<http::server>> serve_http(http_api& api,
                                                               http::server_options options);

} // namespace troupe
