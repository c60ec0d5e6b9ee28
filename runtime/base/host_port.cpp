// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/host_port.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace troupe {

namespace {

constexpr std::size_t name_max = 253; ///< RFC 1035.

bool is_v6(const std::string& host) {
  in6_addr into{};
  return ::inet_pton(AF_INET6, host.c_str(), &into) == 1;
}

bool is_v4(const std::string& host) {
  in_addr into{};
  return ::inet_pton(AF_INET, host.c_str(), &into) == 1;
}

bool is_name(std::string_view host) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
           || c == '.' || c == '_';
  };
  return !host.empty() && host.size() <= name_max && host.front() != '-' && host.front() != '.'
         && std::ranges::all_of(host, fits);
}

} // namespace

bool host_port::is_address() const {
  return is_v4(host) || is_v6(host);
}

result<host_port> parse_host_port(std::string_view text, std::string_view scheme,
                                  const std::string& field) {
  const auto wrong = [&](const std::string& what) {
    return error{.code = errc::invalid_value,
                 .text = "'" + std::string(text.substr(0, 300)) + "' " + what
                         + "; write HOST:PORT, 10.0.0.7:7700 or [::1]:7700",
                 .field = field};
  };
  auto rest = text;
  if (rest.starts_with(scheme)) {
    rest.remove_prefix(scheme.size());
  }
  const auto colon = rest.rfind(':');
  if (colon == std::string_view::npos || rest.ends_with(']')) {
    return wrong("has no port");
  }
  const auto digits = rest.substr(colon + 1);
  host_port out;
  const auto [end, failed] =
      std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (failed != std::errc{} || end != digits.data() + digits.size() || out.port == 0) {
    return wrong("has no port between 1 and 65535");
  }
  auto host = rest.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    out.host = host.substr(1, host.size() - 2);
    if (!is_v6(out.host)) {
      return wrong("has no IPv6 address in its brackets");
    }
    return out;
  }
  out.host = host;
  if (!is_name(host)) {
    return wrong("has no host before the port");
  }
  return out;
}

std::string format_host_port(const host_port& what) {
  const auto port = ":" + std::to_string(what.port);
  return what.host.find(':') == std::string::npos ? what.host + port : "[" + what.host + "]" + port;
}

} // namespace troupe
