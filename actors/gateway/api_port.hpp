// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the gateway's API needs of an HTTP server: runtime/http in a process, a fake in tests.
namespace troupe {

using header_list = std::vector<std::pair<std::string, std::string>>;

/// A request as it was read; views end with the call of http_api::handle.
struct api_call {
  std::string_view method;
  std::string_view target;                                  ///< Path and query.
  std::function<std::string_view(std::string_view)> header; ///< Empty where there is none.
  std::string_view body;
};

/// The answer to one request: either `send`, or `open`, any number of `write`, `close`.
/// Thread: any; calls after the connection's end do nothing.
class api_reply {
public:
  api_reply() = default;
  api_reply(const api_reply&) = delete;
  api_reply& operator=(const api_reply&) = delete;
  virtual ~api_reply() = default;

  /// A whole answer; Content-Length is the reply's matter.
  virtual void send(int status, header_list headers, std::string body) = 0;

  /// Status and headers of an answer whose length is not known.
  virtual void open(int status, header_list headers) = 0;

  /// Returns the bytes that wait for the client, these included.
  virtual std::size_t write(std::string bytes) = 0;

  virtual void close() = 0;

  [[nodiscard]] virtual std::size_t waiting_bytes() const = 0;

  /// Calls `gone` once if the client's connection ends before the answer does, or at once if it
  /// has.
  virtual void on_gone(std::function<void()> gone) = 0;
};

} // namespace troupe
