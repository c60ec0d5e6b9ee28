// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <cstdint>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace troupe::http {

/// A TCP connection to 127.0.0.1 that sends exactly the bytes it is told to.
class raw_client {
public:
  explicit raw_client(std::uint16_t port, int receive_bytes = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_bytes > 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    }
    auto to = sockaddr_in{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
      throw std::runtime_error{"connect"};
    }
  }
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;
  ~raw_client() { close(); }

  void close() {
    if (socket_ >= 0) {
      ::close(socket_);
      socket_ = -1;
    }
  }

  void half_close() const { ::shutdown(socket_, SHUT_WR); }

  void send(std::string_view text) const {
    while (!text.empty()) {
      const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return;
      }
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// Reads until `end` has been seen, and returns everything up to and including it; what came if
  /// the server closed or 5 s passed.
  std::string until(std::string_view end) {
    while (true) {
      if (const auto found = seen_.find(end); found != seen_.npos) {
        auto text = seen_.substr(0, found + end.size());
        seen_.erase(0, text.size());
        return text;
      }
      if (!receive()) {
        return std::exchange(seen_, {});
      }
    }
  }

  /// Everything until the server closes.
  std::string rest() {
    while (receive()) {
    }
    return std::exchange(seen_, {});
  }

  [[nodiscard]] bool closed() const { return closed_; }

private:
  bool receive() {
    auto wait = pollfd{socket_, POLLIN, 0};
    char buffer[65536];
    const auto count = ::poll(&wait, 1, 5000) == 1 ? ::recv(socket_, buffer, sizeof buffer, 0) : -1;
    if (count <= 0) {
      closed_ = closed_ || count == 0;
      return false;
    }
    seen_.append(buffer, static_cast<std::size_t>(count));
    return true;
  }

  int socket_;
  std::string seen_;
  bool closed_ = false;
};

} // namespace troupe::http
