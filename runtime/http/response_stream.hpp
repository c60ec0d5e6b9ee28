// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/http/message.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace troupe::http {

class stream_core;

/// The answer to one request: either `send` once, or `start`, any number of `write`, `finish`.
/// Copies name the same answer. When the last copy goes away unanswered the client gets 500, or,
/// within a streamed answer, a broken connection.
///
/// Thread: any, without order between threads but their own. Writes are queued and leave together:
/// many writes before the I/O thread runs cost one wake-up and one system call.
/// Errors of all: peer_gone after the client left or the server stopped, invalid_value for headers
/// that would break out of their line, internal for calls out of order.
/// Checked: test/unit/http/server_test.cpp
class response_stream {
public:
  response_stream() = default;
  explicit response_stream(std::shared_ptr<stream_core> core);

  /// A whole answer; Content-Length is added. Not bounded by the stream's queue.
  result<void> send(int status, const header_list& headers, std::string body) const;

  /// Begins a streamed answer: chunked, or ended by closing for HTTP/1.0.
  result<void> start(int status, const header_list& headers) const;

  /// Appends to a streamed answer. Errors: overloaded when limits::stream_bytes_max would be
  /// exceeded; nothing was queued and the caller decides whether to wait or give up.
  result<void> write(std::string_view data) const;

  result<void> finish() const;

  /// Bytes accepted and not yet handed to the operating system.
  [[nodiscard]] std::size_t queued_bytes() const;

  /// Calls `gone` once if the client leaves before the answer is finished, or at once if it has.
  /// A client that only shuts down its sending side counts as gone: nearly all clients that do so
  /// have been killed, and work for them must stop. What `send` then queues is still tried.
  /// Thread: `gone` runs on an I/O thread (or the caller's) and must not block.
  void on_closed(std::function<void()> gone) const;

private:
  struct owner;
  std::shared_ptr<owner> owner_;
};

} // namespace troupe::http
