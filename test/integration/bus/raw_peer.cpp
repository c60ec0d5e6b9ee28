// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/integration/bus/raw_peer.hpp"

#include <zmq.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace troupe::test {

raw_dealer::raw_dealer(const std::string& address, const keys::secret_key& mine,
                       const std::string& server, bytes_view routing_id)
    : context_(zmq_ctx_new()), dealer_(zmq_socket(context_, ZMQ_DEALER)), monitor_(nullptr) {
  const int zero = 0;
  const int one = 1;
  zmq_setsockopt(dealer_, ZMQ_LINGER, &zero, sizeof zero);
  zmq_setsockopt(dealer_, ZMQ_IMMEDIATE, &one, sizeof one);
  zmq_setsockopt(dealer_, ZMQ_ROUTING_ID, routing_id.data(), routing_id.size());
  if (!server.empty()) {
    const auto own = keys::link_key_of(mine);
    const auto there = *keys::parse_public_key(server);
    zmq_setsockopt(dealer_, ZMQ_CURVE_PUBLICKEY, own.value.data(), keys::key_bytes);
    zmq_setsockopt(dealer_, ZMQ_CURVE_SECRETKEY, mine.value().data(), keys::key_bytes);
    zmq_setsockopt(dealer_, ZMQ_CURVE_SERVERKEY, there.value.data(), keys::key_bytes);
  }
  zmq_socket_monitor(dealer_, "inproc://seen", ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
  monitor_ = zmq_socket(context_, ZMQ_PAIR);
  zmq_setsockopt(monitor_, ZMQ_LINGER, &zero, sizeof zero);
  zmq_connect(monitor_, "inproc://seen");
  zmq_connect(dealer_, address.c_str());
}

raw_dealer::~raw_dealer() {
  zmq_socket_monitor(dealer_, nullptr, 0);
  zmq_close(monitor_);
  zmq_close(dealer_);
  zmq_ctx_term(context_);
}

bool raw_dealer::is_connected(int timeout_ms) {
  zmq_pollitem_t item{monitor_, 0, ZMQ_POLLIN, 0};
  return zmq_poll(&item, 1, timeout_ms) > 0;
}

bool raw_dealer::send(bytes_view head, bytes_view bulk) {
  const int flags = ZMQ_DONTWAIT | (bulk.empty() ? 0 : ZMQ_SNDMORE);
  if (zmq_send(dealer_, head.data(), head.size(), flags) < 0) {
    return false;
  }
  return bulk.empty() || zmq_send(dealer_, bulk.data(), bulk.size(), ZMQ_DONTWAIT) >= 0;
}

namespace {

using addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

addresses numeric(const std::string& host, int port) {
  addrinfo how{};
  how.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  how.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &how, &found) != 0) {
    found = nullptr;
  }
  return {found, &::freeaddrinfo};
}

} // namespace

bool is_answered(const std::string& from, const std::string& to, int port, int timeout_ms) {
  const auto here = numeric(from, 0);
  const auto there = numeric(to, port);
  if (here == nullptr || there == nullptr) {
    return false;
  }
  const int one = ::socket(there->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const bool begins =
      ::bind(one, here->ai_addr, here->ai_addrlen) == 0
      && (::connect(one, there->ai_addr, there->ai_addrlen) == 0 || errno == EINPROGRESS);
  pollfd connecting{.fd = one, .events = POLLOUT, .revents = 0};
  const bool yes = begins && ::poll(&connecting, 1, timeout_ms) > 0
                   && (connecting.revents & (POLLERR | POLLHUP)) == 0;
  ::close(one);
  return yes;
}

half_open::half_open(int port, std::size_t count, bytes_view first) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      return;
    }
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
      ::close(fd);
      return;
    }
    sockets_.push_back(fd);
    if (!first.empty()) {
      (void)!::send(fd, first.data(), first.size(), MSG_NOSIGNAL);
    }
  }
}

void half_open::say(bytes_view what) const {
  for (const int fd : sockets_) {
    (void)!::send(fd, what.data(), what.size(), MSG_NOSIGNAL);
  }
}

namespace {

void wait_at_most(int descriptor, int timeout_ms) {
  const timeval most{.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
}

} // namespace

std::size_t half_open::greeted(int timeout_ms) const {
  return static_cast<std::size_t>(std::ranges::count_if(sockets_, [&](int one) {
    wait_at_most(one, timeout_ms);
    char greeting[256];
    return ::recv(one, greeting, sizeof greeting, 0) > 0;
  }));
}

std::size_t half_open::unacknowledged_bytes() const {
  std::size_t all = 0;
  for (const int one : sockets_) {
    sockaddr_in own{};
    socklen_t size = sizeof own;
    ::getsockname(one, reinterpret_cast<sockaddr*>(&own), &size);
    std::ifstream table("/proc/net/tcp");
    std::string line;
    while (std::getline(table, line)) {
      unsigned remote_port = 0;
      unsigned sending = 0;
      if (std::sscanf(line.c_str(), "%*s %*s %*8x:%4x %*x %8x:", &remote_port, &sending) == 2
          && remote_port == ntohs(own.sin_port)) {
        all += sending;
      }
    }
  }
  return all;
}

bool half_open::are_closed(int timeout_ms) const {
  return std::ranges::all_of(sockets_, [&](int one) {
    wait_at_most(one, timeout_ms);
    char greeting[256];
    ssize_t got = 0;
    do {
      got = ::recv(one, greeting, sizeof greeting, 0);
    } while (got > 0);
    return got == 0 || errno == ECONNRESET;
  });
}

half_open::~half_open() {
  for (const int fd : sockets_) {
    ::close(fd);
  }
}

int port_of(const std::string& endpoint) {
  const auto address = endpoint.substr(0, endpoint.find('#'));
  return std::stoi(address.substr(address.rfind(':') + 1));
}

} // namespace troupe::test
