// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace troupe::http {

struct client_options {
  duration timeout = 30s;
  std::size_t body_bytes_max = std::size_t{64} << 20U;
  std::string bearer; ///< Not empty: sent as `Authorization: Bearer`.
};

struct answer {
  int status = 0;
  std::string body;
};

/// Asks a server and waits: for commands, not for actors.
/// Errors: peer_gone (nobody listens, or the connection broke), timeout, too_large, invalid_value.
/// Checked: test/unit/http/client_test.cpp
[[nodiscard]] result<answer> get(const std::string& url, const client_options& options = {});
[[nodiscard]] result<answer> post(const std::string& url, const std::string& json,
                                  const client_options& options = {});

/// Hands the body over as it comes. `on_data` returns false to break off. The answer's body is
/// empty unless the status is not 200.
[[nodiscard]] result<answer> post_stream(const std::string& url, const std::string& json,
                                         const std::function<bool(std::string_view)>& on_data,
                                         const client_options& options = {});

} // namespace troupe::http
