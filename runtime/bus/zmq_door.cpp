// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/zmq_door.hpp"

#include <bit>
#include <cstdint>
#include <iterator>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>

namespace troupe::zmq_detail {

namespace {

bool is_tcp(int descriptor) {
  int protocol = 0;
  socklen_t size = sizeof protocol;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0
         && protocol == IPPROTO_TCP;
}

// The filter sees a segment from its TCP header on. Without the acknowledgement that ends a
// handshake the system goes on waiting for it; the first data acknowledges as well.
void refuse_silent(int listening) {
  constexpr std::uint32_t offset_of_length = 12; // In its upper four bits, of words.
  constexpr std::uint32_t offset_of_flags = 13;
  constexpr std::uint32_t fin_syn_rst = 0x07;
  constexpr std::uint32_t whole = 0xFFFFFFFF;
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offset_of_flags),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, fin_syn_rst, 5, 0),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offset_of_length),
      BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 2),
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_X, 0, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, whole),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog program{.len = static_cast<unsigned short>(std::size(code)), .filter = code};
  ::setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
  const int answers_again = 1; // After 1 s; 2 s later it is forgotten.
  ::setsockopt(listening, IPPROTO_TCP, TCP_SYNCNT, &answers_again, sizeof answers_again);
}

// A connection inherits the filter of what listens. From here on what only acknowledges counts.
void hear_all(int accepted) {
  const int unused = 0;
  ::setsockopt(accepted, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
}

} // namespace

void zmq_door::open(void* context, const socket& listener) {
  listener_ = listener.get();
  events_ = socket(context, ZMQ_PAIR);
  const auto name = "inproc://door-" + std::to_string(std::bit_cast<std::uintptr_t>(listener_));
  zmq_socket_monitor(listener_, name.c_str(), ZMQ_EVENT_LISTENING | ZMQ_EVENT_ACCEPTED);
  events_.set(ZMQ_LINGER, 0);
  events_.set(ZMQ_RCVHWM, events_max);
  zmq_connect(events_.get(), name.c_str());
}

void zmq_door::attend() {
  if (listener_ == nullptr) {
    return;
  }
  while (const auto event = next_monitor_event(events_)) {
    if (!is_tcp(event->value)) {
      continue;
    }
    if (event->number == ZMQ_EVENT_LISTENING) {
      refuse_silent(event->value);
    } else {
      hear_all(event->value);
    }
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
