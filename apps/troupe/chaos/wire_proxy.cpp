// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/chaos/wire_proxy.hpp"

#include "apps/troupe/chaos/faulty_stream.hpp"
#include "runtime/process/descriptor.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <list>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace troupe::chaos {

namespace {

using process::descriptor;

constexpr std::size_t connections_max = 1024;
constexpr std::size_t acts_max = 100'000;
constexpr std::size_t unwritten_max = std::size_t{1} << 20U;
constexpr int backlog = 128;

error failed(const host_port& where, const char* what) {
  return {.code = errc::io_failed,
          .text = format_host_port(where) + ": " + what + ": " + std::strerror(errno)};
}

result<sockaddr_in> address_of(const host_port& what) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(what.port);
  if (::inet_pton(AF_INET, what.host.c_str(), &out.sin_addr) != 1) {
    return error{.code = errc::invalid_value,
                 .text = "'" + what.host + "' is no IPv4 address; give one, such as 127.0.0.1"};
  }
  return out;
}

result<descriptor> listen_at(const host_port& where) {
  const auto address = address_of(where);
  if (!address) {
    return address.err();
  }
  descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0
      || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0
      || ::listen(fd.get(), backlog) != 0) {
    return failed(where, "cannot listen");
  }
  return fd;
}

/// Not connected yet; a refusal shows when it is read.
descriptor begin_to_connect(const sockaddr_in& to) {
  descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd && ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0
      && errno != EINPROGRESS) {
    fd.reset();
  }
  return fd;
}

void send_at_once(int fd) {
  const int on = 1;
  (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// Closing it resets the connection.
void reset_on_close(int fd) {
  const linger none{.l_onoff = 1, .l_linger = 0};
  (void)::setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOTCONN;
}

struct half {
  half(fault_plan plan, int from_fd, int to_fd)
      : stream(std::move(plan)), from(from_fd), to(to_fd) {}

  faulty_stream stream;
  int from;
  int to;
  bytes unwritten;
  bool ended = false; ///< The sender has.
  bool shut = false;  ///< And the receiver knows.
};

struct connection {
  connection(std::uint64_t its_number, descriptor client, descriptor server,
             const proxy_options& how)
      : number(its_number),
        below(std::move(client)),
        above(std::move(server)),
        up({how.seed, number, true, how.faults}, below.get(), above.get()),
        down({how.seed, number, false, how.faults}, above.get(), below.get()) {
    send_at_once(below.get());
    send_at_once(above.get());
  }

  std::uint64_t number;
  descriptor below;
  descriptor above;
  half up;
  half down;
  bool is_over = false;

  [[nodiscard]] std::array<half*, 2> halves() { return {&up, &down}; }
};

} // namespace

struct wire_proxy::state {
  proxy_options how;
  std::vector<descriptor> listening;
  std::vector<sockaddr_in> to;
  std::list<connection> connections;
  time_point began = machine_clock().now();
  bool is_calm = false;
  proxy_report report;

  void accept_from(std::size_t route);
  void move(connection& c, half& h, time_point now);
  void note(const connection& c, half& h, time_point now);
  [[nodiscard]] duration patience(time_point now) const;
  void serve(const std::vector<pollfd>& polled, time_point now);
};

void wire_proxy::state::accept_from(std::size_t route) {
  while (true) {
    descriptor client(
        ::accept4(listening[route].get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client) {
      return;
    }
    auto server = begin_to_connect(to[route]);
    if (!server || connections.size() >= connections_max) {
      reset_on_close(client.get());
      continue;
    }
    connections.emplace_back(report.connections++, std::move(client), std::move(server), how);
    if (is_calm) {
      connections.back().up.stream.calm_down();
      connections.back().down.stream.calm_down();
    }
  }
}

void wire_proxy::state::note(const connection& c, half& h, time_point now) {
  for (const auto& what : h.stream.take_done()) {
    if (report.acts.size() < acts_max) {
      report.acts.push_back({c.number, &h == &c.up, what, now - began});
    } else {
      ++report.acts_untold;
    }
  }
}

// Everything that can be moved in one direction without waiting.
void wire_proxy::state::move(connection& c, half& h, time_point now) {
  std::array<std::byte, faulty_stream::piece_max> room;
  while (!h.ended && h.unwritten.size() < unwritten_max && h.stream.wants_more(now)) {
    const auto got = ::read(h.from, room.data(), room.size());
    if (got < 0 && would_block()) {
      break;
    }
    if (got < 0) {
      c.is_over = true;
      break;
    }
    if (got == 0) {
      h.ended = true;
      h.stream.end(now);
      break;
    }
    report.bytes += static_cast<std::uint64_t>(got);
    h.stream.take({room.data(), static_cast<std::size_t>(got)}, now);
    note(c, h, now);
  }
  const auto ready = h.stream.give(now);
  h.unwritten.insert(h.unwritten.end(), ready.begin(), ready.end());
  std::size_t written = 0;
  while (written < h.unwritten.size()) {
    const auto put =
        ::send(h.to, h.unwritten.data() + written, h.unwritten.size() - written, MSG_NOSIGNAL);
    if (put < 0) {
      c.is_over = c.is_over || !would_block();
      break;
    }
    written += static_cast<std::size_t>(put);
  }
  h.unwritten.erase(h.unwritten.begin(),
                    h.unwritten.begin() + static_cast<std::ptrdiff_t>(written));
  if (h.ended && !h.shut && h.unwritten.empty() && h.stream.is_empty()) {
    h.shut = true;
    if (!h.stream.swallows()) {
      (void)::shutdown(h.to, SHUT_WR);
    }
  }
}

duration wire_proxy::state::patience(time_point now) const {
  duration out = 1s;
  const auto also = [&](std::optional<time_point> when) {
    out = when ? std::min<duration>(out, std::max<duration>(*when - now, 0s)) : out;
  };
  for (const auto& c : connections) {
    also(c.up.stream.next_wake(now));
    also(c.down.stream.next_wake(now));
  }
  if (!is_calm) {
    also(began + how.stormy);
  }
  return out;
}

void wire_proxy::state::serve(const std::vector<pollfd>& polled, time_point now) {
  if (!is_calm && now >= began + how.stormy) {
    is_calm = true;
    for (auto& c : connections) {
      c.up.stream.calm_down();
      c.down.stream.calm_down();
    }
  }
  for (auto& c : connections) {
    for (auto* h : c.halves()) {
      move(c, *h, now);
    }
    if (c.up.stream.is_reset() || c.down.stream.is_reset()) {
      reset_on_close(c.below.get());
      reset_on_close(c.above.get());
      c.is_over = true;
    }
    c.is_over = c.is_over || (c.up.shut && c.down.shut);
  }
  connections.remove_if([](const connection& c) { return c.is_over; });
  for (std::size_t route = 0; route < listening.size(); ++route) {
    if ((polled[route].revents & POLLIN) != 0) {
      accept_from(route);
    }
  }
}

wire_proxy::wire_proxy(std::unique_ptr<state> made) : state_(std::move(made)) {
}

wire_proxy::~wire_proxy() = default;

result<std::unique_ptr<wire_proxy>> wire_proxy::open(proxy_options what) {
  auto made = std::make_unique<state>();
  for (const auto& route : what.routes) {
    const auto to = address_of(route.to);
    if (!to) {
      return to.err();
    }
    auto fd = listen_at(route.listen);
    if (!fd) {
      return fd.err();
    }
    made->listening.push_back(*std::move(fd));
    made->to.push_back(*to);
  }
  made->how = std::move(what);
  return std::unique_ptr<wire_proxy>(new wire_proxy(std::move(made)));
}

proxy_report wire_proxy::run(const process::signal_set& ends) {
  auto& s = *state_;
  while (true) {
    auto now = machine_clock().now();
    std::vector<pollfd> polled;
    for (const auto& fd : s.listening) {
      polled.push_back({.fd = fd.get(), .events = POLLIN, .revents = 0});
    }
    polled.push_back({.fd = ends.fd(), .events = POLLIN, .revents = 0});
    for (auto& c : s.connections) {
      for (auto* h : c.halves()) {
        if (!h->ended && h->unwritten.size() < unwritten_max && h->stream.wants_more(now)) {
          polled.push_back({.fd = h->from, .events = POLLIN, .revents = 0});
        }
        if (!h->unwritten.empty()) {
          polled.push_back({.fd = h->to, .events = POLLOUT, .revents = 0});
        }
      }
    }
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(s.patience(now)).count();
    (void)::poll(polled.data(), polled.size(), static_cast<int>(ms));
    now = machine_clock().now();
    if ((polled[s.listening.size()].revents & POLLIN) != 0 && ends.wait(0s)) {
      return s.report;
    }
    s.serve(polled, now);
  }
}

} // namespace troupe::chaos
