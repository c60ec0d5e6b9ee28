// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace troupe {

/// An endpoint as peers are told it: "tcp://HOST:PORT" or, where links are authenticated,
/// "tcp://HOST:PORT#KEY" with the key of who listens there (keys::to_text).
struct endpoint_parts {
  std::string address; ///< As the transport takes it.
  std::string key;     ///< Empty: none.
};

[[nodiscard]] inline endpoint_parts split_endpoint(std::string_view endpoint) {
  const auto mark = endpoint.find('#');
  return mark == std::string_view::npos ? endpoint_parts{std::string(endpoint), {}}
                                        : endpoint_parts{std::string(endpoint.substr(0, mark)),
                                                         std::string(endpoint.substr(mark + 1))};
}

/// Where attachments go where the control lane is encrypted and they are not: "bulk+tcp://...".
inline constexpr std::string_view bulk_scheme = "bulk+tcp://";

} // namespace troupe
