// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/source_network.hpp"

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace troupe {

namespace {

constexpr std::size_t v6_network_bytes = 8;

std::string network_of(const in_addr& address) {
  return {reinterpret_cast<const char*>(&address), sizeof address};
}

std::string network_of(const in6_addr& address) {
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    return {reinterpret_cast<const char*>(&address.s6_addr[12]), sizeof(in_addr)};
  }
  return {reinterpret_cast<const char*>(&address), v6_network_bytes};
}

} // namespace

std::string source_network(std::string_view address) {
  std::string text(address);
  in_addr v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    return network_of(v4);
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6) == 1) {
    return network_of(v6);
  }
  return text;
}

std::string source_network(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return network_of(v4.sin_addr);
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    return network_of(v6.sin6_addr);
  }
  return {};
}

} // namespace troupe
