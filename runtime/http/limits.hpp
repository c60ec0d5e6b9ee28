// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace troupe::http {

/// Makes the JSON body of a refusal that no handler sees.
using refusal_writer = std::string (*)(int status, std::string_view text);

/// What one connection may cost. Source of the defaults: the limits that servers in front of the
/// internet use, each of which answers a known attack (slow headers, endless headers, big bodies).
struct limits {
  std::size_t line_bytes_max = 8192;    ///< Request line (414) or one header line (431).
  std::size_t head_bytes_max = 16384;   ///< Request line and headers together (431).
  std::size_t headers_max = 100;        ///< (431)
  std::size_t body_bytes_max = 8 << 20; ///< (413)
  std::size_t trailer_bytes_max = 4096; ///< (400)

  std::size_t connections_max = 16384;            ///< Further ones are closed at once.
  std::size_t requests_per_connection_max = 1000; ///< Then the connection is closed politely.
  std::size_t unread_bytes_max = 65536;           ///< Pipelined bytes kept beside a request.
  std::size_t stream_bytes_max = 262144;          ///< Unsent output of one streamed response.

  duration head_timeout = 5s;   ///< From a request's first byte to the end of its headers (408).
  duration body_timeout = 30s;  ///< From there to the end of its body (408).
  duration idle_timeout = 60s;  ///< Between requests.
  duration stall_timeout = 30s; ///< Output waiting without any progress.
  duration linger_timeout = 1s; ///< Reading on after a refusal, so that the answer arrives.

  refusal_writer refusal_json = nullptr; ///< Null: refusals are plain text.
};

} // namespace troupe::http
