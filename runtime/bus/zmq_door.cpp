// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/zmq_door.hpp"

#include "runtime/bus/door_filter.hpp"
#include "runtime/bus/source_network.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace troupe::zmq_detail {

namespace {

bool is_tcp(int descriptor) {
  int protocol = 0;
  socklen_t size = sizeof protocol;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0
         && protocol == IPPROTO_TCP;
}

void keep_out(int listening, const std::vector<std::string>& barred) {
  auto code = door_filter(barred);
  const sock_fprog program{.len = static_cast<unsigned short>(code.size()), .filter = code.data()};
  ::setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

// A connection inherits the filter of what listens. From here on what only acknowledges counts.
void hear_all(int accepted) {
  const int unused = 0;
  ::setsockopt(accepted, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
}

/// Empty: it is gone.
std::string peer_network(int accepted) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  auto* const address = reinterpret_cast<sockaddr*>(&peer);
  return ::getpeername(accepted, address, &size) == 0 ? source_network(*address) : std::string{};
}

} // namespace

void zmq_door::open(void* context, const socket& listener, std::shared_ptr<admission> gate) {
  listener_ = listener.get();
  gate_ = std::move(gate);
  events_ = socket(context, ZMQ_PAIR);
  const auto name = "inproc://door-" + std::to_string(std::bit_cast<std::uintptr_t>(listener_));
  zmq_socket_monitor(listener_, name.c_str(), ZMQ_EVENT_LISTENING | ZMQ_EVENT_ACCEPTED);
  events_.set(ZMQ_LINGER, 0);
  events_.set(ZMQ_RCVHWM, events_max);
  zmq_connect(events_.get(), name.c_str());
}

void zmq_door::attend(time_point now) {
  if (listener_ == nullptr) {
    return;
  }
  while (const auto event = next_monitor_event(events_)) {
    if (!is_tcp(event->value)) {
      continue;
    }
    if (event->number == ZMQ_EVENT_LISTENING) {
      ports_.push_back(event->value);
      keep_out(event->value, barred_);
      const int answers_again = 1; // After 1 s; 2 s later it is forgotten.
      ::setsockopt(event->value, IPPROTO_TCP, TCP_SYNCNT, &answers_again, sizeof answers_again);
    } else {
      take(event->value, now);
    }
  }
  if (gate_ != nullptr) {
    bar(now);
  }
}

void zmq_door::take(int accepted, time_point now) {
  hear_all(accepted);
  if (gate_ == nullptr) {
    return;
  }
  if (const auto network = peer_network(accepted); !network.empty()) {
    gate_->came(network, now);
  }
}

void zmq_door::bar(time_point now) {
  auto [networks, until] = gate_->barred(now);
  attend_at_ = until;
  if (networks == barred_) {
    return;
  }
  barred_ = std::move(networks);
  for (const int port : ports_) {
    keep_out(port, barred_);
  }
}

int zmq_door::descriptor() const {
  return listener_ == nullptr ? -1 : events_.descriptor();
}

void zmq_door::close() {
  if (listener_ != nullptr) {
    zmq_socket_monitor(listener_, nullptr, 0);
    events_.close();
    listener_ = nullptr;
  }
}

} // namespace troupe::zmq_detail
