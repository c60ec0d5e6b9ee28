// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/http/limits.hpp"
#include "runtime/http/message.hpp"
#include "runtime/http/response_stream.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace troupe::http {

struct server_options {
  std::string address = "127.0.0.1"; ///< An IP address, or "localhost".
  std::uint16_t port = 0;            ///< 0: any free one.
  std::size_t threads = 1;
  limits bounds;
};

/// An HTTP/1.1 server behind the strict reading of `framing`: keep-alive, pipelining (the next
/// request is read after the answer to the one before), HEAD, Expect: 100-continue, streamed
/// answers. Refusals (400, 408, 413, 414, 417, 431, 505) are answered here, in plain text or by
/// limits::refusal_json, and close
/// the connection; handlers see whole requests only.
///
/// Thread: the handler runs on the I/O threads and must not block; answers may come from any.
/// Requires: stopped or destroyed from a thread that is not one of its own.
/// Checked: test/unit/http/server_test.cpp
class server {
public:
  using handler = std::function<void(request, response_stream)>;

  /// Errors: port_in_use, invalid_value (address), io_failed.
  [[nodiscard]] static result<std::unique_ptr<server>> start(server_options options, handler serve);

  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server(); ///< stop(0).

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::size_t connection_count() const;

  /// Accepts no more, ends idle connections, lets answers finish until the timeout, then breaks
  /// them off. Afterwards no handler runs and no callback is called.
  void stop(duration drain_timeout);

private:
  class impl;
  explicit server(std::unique_ptr<impl> made);

  std::unique_ptr<impl> impl_;
};

} // namespace troupe::http
