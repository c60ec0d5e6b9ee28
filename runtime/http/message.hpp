// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::http {

/// Names and values to send; names as they shall appear.
using header_list = std::vector<std::pair<std::string, std::string>>;

/// One request as the server accepted it: framing is checked, the body is whole and decoded.
struct request {
  std::string method;
  std::string path;  ///< Of the target up to '?', not percent-decoded; begins with '/' or is "*".
  std::string query; ///< After '?', not decoded; empty if none.
  std::map<std::string, std::string, std::less<>> headers; ///< Lower-case names; repeated joined.
  std::string body;
  std::string remote; ///< address:port of the client.

  /// The value of a header by its lower-case name; empty if absent.
  [[nodiscard]] std::string_view header(std::string_view name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view{} : std::string_view{found->second};
  }
};

[[nodiscard]] std::string_view reason_of(int status);

} // namespace troupe::http
