// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/redis/address.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <cstdint>
#include <functional>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace troupe::test {

/// A server on loopback that answers each piece it hears with whatever `say` makes of it; empty: it
/// stays silent; "bye": it closes.
class fake_redis {
public:
  explicit fake_redis(std::function<std::string(const std::string&)> say) : say_(std::move(say)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* raw = reinterpret_cast<sockaddr*>(&where);
    socklen_t size = sizeof where;
    ok_ = ::bind(listener_, raw, size) == 0 && ::listen(listener_, 8) == 0
          && ::getsockname(listener_, raw, &size) == 0;
    port_ = ntohs(where.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~fake_redis() {
    over_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    ::shutdown(peer_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  fake_redis(const fake_redis&) = delete;
  fake_redis& operator=(const fake_redis&) = delete;

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] redis::address where() const { return {.where = {"127.0.0.1", port_}}; }

private:
  void run() {
    while (!over_) {
      const int peer = ::accept(listener_, nullptr, nullptr);
      if (peer < 0) {
        return;
      }
      peer_ = peer;
      std::string in(65'536, '\0');
      for (ssize_t got = 0; !over_ && (got = ::read(peer, in.data(), in.size())) > 0;) {
        const auto out = say_(in.substr(0, static_cast<std::size_t>(got)));
        if (out == "bye"
            || (!out.empty() && ::send(peer, out.data(), out.size(), MSG_NOSIGNAL) < 0)) {
          break;
        }
      }
      peer_ = -1;
      ::close(peer);
    }
  }

  std::function<std::string(const std::string&)> say_;
  int listener_ = -1;
  std::atomic<int> peer_{-1};
  std::atomic<bool> over_{false};
  bool ok_ = false;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

} // namespace troupe::test
