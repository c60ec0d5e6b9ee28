// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/bus/link.hpp"
#include "runtime/bus/zmq_curve.hpp"

#include <zmq.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

/// Thin ownership of libzmq's sockets, and the two ways frames cross them.
namespace troupe::zmq_detail {

class socket {
public:
  socket() = default;
  socket(void* context, int kind) : handle_(zmq_socket(context, kind)) {}
  socket(socket&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  socket& operator=(socket&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~socket() { close(); }

  void set(int option, int value) { zmq_setsockopt(handle_, option, &value, sizeof value); }
  void close() {
    if (handle_ != nullptr) {
      zmq_close(handle_);
      handle_ = nullptr;
    }
  }
  [[nodiscard]] void* get() const { return handle_; }
  [[nodiscard]] int descriptor() const;

private:
  void* handle_ = nullptr;
};

/// The send-only half of one lane, with the socket that tells of its connection.
struct lane_socket {
  socket dealer;
  socket monitor;
  bool connected = false;
  int retries = 0;
};

/// Options that every socket of ours has.
void set_common(socket& s);

/// Of libzmq's two I/O threads the one of this lane alone serves `s`. A connection that one thread
/// takes and the other serves costs switches between them: docs/measurements/links_with_keys.md.
void serve_by(socket& s, lane way);

/// Returns where it is bound, as others reach it.
/// Errors: port_in_use, invalid_value.
result<std::string> bind_at(socket& s, const std::string& address,
                            const std::string& advertise_host);

/// A DEALER towards `endpoint` under the routing id of (self, way), already watched. The control
/// lane is encrypted if `curve`.
lane_socket make_lane(void* context, const origin& self, lane way, const std::string& endpoint,
                      const std::string& monitor_name, const zmq_curve* curve);

/// False: would block.
bool send_frame(const socket& to, const frame& data);

struct received {
  origin from;
  lane way = lane::control;
  frame data;
};
enum class receipt { none, dropped, taken };

/// Takes one message off the ROUTER; `with_sender`: and whose connection it came by.
receipt receive_frame(const socket& from, bool with_sender, received& out);

/// What libzmq's monitor of a socket tells: a ZMQ_EVENT_ and, of most, the connection's descriptor.
struct monitor_event {
  std::uint16_t number = 0;
  std::int32_t value = -1;
};
std::optional<monitor_event> next_monitor_event(const socket& monitor);

enum class link_event { none, connected, retried, lost };
link_event next_event(const socket& monitor);

} // namespace troupe::zmq_detail
