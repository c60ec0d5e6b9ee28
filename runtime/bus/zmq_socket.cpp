// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/zmq_socket.hpp"

#include "runtime/base/check.hpp"
#include "runtime/bus/endpoint.hpp"
#include "runtime/codec/reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace troupe::zmq_detail {

namespace {

constexpr std::size_t routing_id_bytes = 26;
constexpr char routing_id_mark = 'T'; // Never zero: libzmq keeps those for itself.

class part {
public:
  part() { zmq_msg_init(&msg_); }
  part(const part&) = delete;
  part& operator=(const part&) = delete;
  ~part() { zmq_msg_close(&msg_); }
  [[nodiscard]] bool receive(void* from) { return zmq_msg_recv(&msg_, from, ZMQ_DONTWAIT) >= 0; }
  [[nodiscard]] bool more() const { return zmq_msg_more(&msg_) != 0; }
  [[nodiscard]] sender_key sender() {
    sender_key out{};
    const char* user = zmq_msg_gets(&msg_, "User-Id");
    if (user != nullptr && std::strlen(user) == out.size()) {
      std::copy_n(user, out.size(), out.begin());
    }
    return out;
  }
  [[nodiscard]] bytes_view view() {
    return {static_cast<const std::byte*>(zmq_msg_data(&msg_)), zmq_msg_size(&msg_)};
  }

private:
  zmq_msg_t msg_{};
};

std::array<char, routing_id_bytes> routing_id(const origin& self, lane way) {
  std::array<char, routing_id_bytes> out{};
  out[0] = routing_id_mark;
  std::size_t at = 1;
  for (const auto word : {self.node.node.value, self.node.life.value, self.nonce}) {
    for (unsigned i = 0; i < 8; ++i) {
      out[at++] = static_cast<char>((word >> (8 * i)) & 0xFFU);
    }
  }
  out[at] = static_cast<char>(way);
  return out;
}

bool read_routing_id(bytes_view id, received& out) {
  if (id.size() != routing_id_bytes || id[0] != static_cast<std::byte>(routing_id_mark)
      || static_cast<std::uint8_t>(id[25]) >= lane_count) {
    return false;
  }
  const auto word = [&](std::size_t at) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i) {
      value |= static_cast<std::uint64_t>(id[at + i]) << (8 * i);
    }
    return value;
  };
  out.from = {{node_id{word(1)}, incarnation{word(9)}}, word(17)};
  out.way = static_cast<lane>(id[25]);
  return true;
}

error zmq_error(const std::string& address) {
  const auto code = zmq_errno();
  if (code == EADDRINUSE) {
    return {.code = errc::port_in_use,
            .text = "cannot listen on " + address
                    + ": another process does; stop it or choose another port",
            .field = address};
  }
  return {.code = errc::invalid_value,
          .text = "cannot listen on " + address + ": " + zmq_strerror(code)
                  + "; write it as tcp://HOST:PORT",
          .field = address};
}

void release(void* /*data*/, void* owner) {
  delete static_cast<std::shared_ptr<const void>*>(owner);
}

} // namespace

int socket::descriptor() const {
  int found = -1;
  std::size_t size = sizeof found;
  zmq_getsockopt(handle_, ZMQ_FD, &found, &size);
  return found;
}

void set_common(socket& s) {
  s.set(ZMQ_LINGER, 0);
  s.set(ZMQ_HANDSHAKE_IVL, 2000);
  s.set(ZMQ_HEARTBEAT_IVL, 500);
  s.set(ZMQ_HEARTBEAT_TIMEOUT, 1500);
  const auto largest =
      static_cast<std::int64_t>(std::max(control_frame_bytes_max, chunk_bytes_max) + 4096);
  zmq_setsockopt(s.get(), ZMQ_MAXMSGSIZE, &largest, sizeof largest);
}

void serve_by(socket& s, lane way) {
  const std::uint64_t io_thread = way == lane::control ? 1 : 2;
  zmq_setsockopt(s.get(), ZMQ_AFFINITY, &io_thread, sizeof io_thread);
}

result<std::string> bind_at(socket& s, const std::string& address,
                            const std::string& advertise_host) {
  s.set(ZMQ_IPV6, address.starts_with("tcp://[") ? 1 : 0);
  if (zmq_bind(s.get(), address.c_str()) != 0) {
    return zmq_error(address);
  }
  char bound[256];
  std::size_t size = sizeof bound;
  zmq_getsockopt(s.get(), ZMQ_LAST_ENDPOINT, bound, &size);
  std::string endpoint(bound);
  if (!advertise_host.empty() && endpoint.starts_with("tcp://")) {
    endpoint = "tcp://" + advertise_host + endpoint.substr(endpoint.rfind(':'));
  }
  return endpoint;
}

lane_socket make_lane(void* context, const origin& self, lane way, const std::string& endpoint,
                      const std::string& monitor_name, const zmq_curve* curve) {
  lane_socket out;
  out.dealer = socket(context, ZMQ_DEALER);
  set_common(out.dealer);
  out.dealer.set(ZMQ_IMMEDIATE, 1);
  out.dealer.set(ZMQ_RECONNECT_IVL, 20);
  out.dealer.set(ZMQ_SNDHWM, way == lane::control ? 4000 : 64);
  serve_by(out.dealer, way);
  const auto id = routing_id(self, way);
  zmq_setsockopt(out.dealer.get(), ZMQ_ROUTING_ID, id.data(), id.size());
  zmq_socket_monitor(out.dealer.get(), monitor_name.c_str(),
                     ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED
                         | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
                         | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
  out.dealer.set(ZMQ_IPV6, endpoint.starts_with("tcp://[") ? 1 : 0);
  out.monitor = socket(context, ZMQ_PAIR);
  out.monitor.set(ZMQ_LINGER, 0);
  zmq_connect(out.monitor.get(), monitor_name.c_str());
  const auto [address, key] = split_endpoint(endpoint);
  const bool is_callable =
      curve == nullptr || way == lane::bulk || call_curve(out.dealer, *curve, key);
  if (!is_callable || zmq_connect(out.dealer.get(), address.c_str()) != 0) {
    out.retries = 1000;
  }
  return out;
}

namespace {

/// Smaller ones are copied: cheaper than keeping their owner.
constexpr std::size_t copied_below = 1024;

/// False: not sent. Large bytes are not copied; their owner lives until ZeroMQ is done with them.
bool send_part(const socket& to, const blob& data, int flags) {
  const auto all = data.view();
  if (all.size() < copied_below) {
    return zmq_send(to.get(), all.data(), all.size(), flags) >= 0;
  }
  zmq_msg_t msg;
  auto owner = std::make_unique<std::shared_ptr<const void>>(data.owner());
  auto* start = const_cast<std::byte*>(all.data());
  zmq_msg_init_data(&msg, start, all.size(), release, owner.release());
  if (zmq_msg_send(&msg, to.get(), flags) < 0) {
    zmq_msg_close(&msg);
    return false;
  }
  return true;
}

} // namespace

bool send_frame(const socket& to, const frame& data) {
  if (data.bulk.empty()) {
    return send_part(to, data.head, ZMQ_DONTWAIT);
  }
  if (!send_part(to, data.head, ZMQ_DONTWAIT | ZMQ_SNDMORE)) {
    return false;
  }
  // ZeroMQ counts whole messages: whoever took the first part has room for the second.
  (void)send_part(to, data.bulk, ZMQ_DONTWAIT);
  return true;
}

receipt receive_frame(const socket& from, bool with_sender, received& out) {
  part id;
  if (!id.receive(from.get())) {
    return receipt::none;
  }
  bool fine = read_routing_id(id.view(), out);
  out.data = {};
  std::size_t count = 0;
  for (bool more = id.more(); more; ++count) {
    auto next = std::make_shared<part>();
    if (!next->receive(from.get())) {
      return receipt::dropped;
    }
    more = next->more();
    const auto view = next->view();
    if (count == 0 && with_sender) {
      out.data.sender = next->sender();
    }
    (count == 0 ? out.data.head : out.data.bulk) = blob(std::move(next), view);
  }
  fine = fine && (count == 1 || count == 2);
  return fine ? receipt::taken : receipt::dropped;
}

std::optional<monitor_event> next_monitor_event(const socket& monitor) {
  part first;
  if (!first.receive(monitor.get())) {
    return std::nullopt;
  }
  monitor_event out;
  const auto view = first.view();
  TROUPE_CHECK(view.size() == sizeof out.number + sizeof out.value);
  std::memcpy(&out.number, view.data(), sizeof out.number);
  std::memcpy(&out.value, view.data() + sizeof out.number, sizeof out.value);
  for (bool more = first.more(); more;) {
    part address;
    more = address.receive(monitor.get()) && address.more();
  }
  return out;
}

link_event next_event(const socket& monitor) {
  const auto event = next_monitor_event(monitor);
  if (!event) {
    return link_event::none;
  }
  switch (event->number) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
      return link_event::connected;
    case ZMQ_EVENT_CONNECT_RETRIED:
      return link_event::retried;
    default:
      return link_event::lost;
  }
}

} // namespace troupe::zmq_detail
