// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/contender.hpp"
#include "runtime/base/clock.hpp"

#include <zmq.h>

#include <array>
#include <cstring>
#include <poll.h>
#include <thread>

namespace troupe::bench {

namespace {

constexpr char flood = 'f';
constexpr char last = 'l';
constexpr char echo = 'e';
constexpr std::size_t copied_below = 64 * 1024;

void answer_all(void* router) {
  zmq_msg_t id;
  zmq_msg_t body;
  zmq_msg_init(&id);
  zmq_msg_init(&body);
  while (zmq_msg_recv(&id, router, 0) >= 0 && zmq_msg_recv(&body, router, 0) >= 0) {
    const auto what = *static_cast<const char*>(zmq_msg_data(&body));
    if (what != flood) {
      zmq_msg_send(&id, router, ZMQ_SNDMORE);
      zmq_send(router, &what, 8 < zmq_msg_size(&body) ? 8 : zmq_msg_size(&body), 0);
    }
  }
}

void set_key(void* socket, int which, const std::array<std::byte, keys::key_bytes>& value) {
  zmq_setsockopt(socket, which, value.data(), value.size());
}

class raw final : public contender {
public:
  raw(const std::string& endpoint, const raw_keys* encrypted)
      : context_(zmq_ctx_new()), dealer_(zmq_socket(context_, ZMQ_DEALER)) {
    const int none = 0;
    zmq_setsockopt(dealer_, ZMQ_LINGER, &none, sizeof none);
    if (encrypted != nullptr) {
      const auto mine = keys::link_key_of(encrypted->client);
      const auto theirs = keys::link_key_of(encrypted->server);
      set_key(dealer_, ZMQ_CURVE_PUBLICKEY, mine.value);
      set_key(dealer_, ZMQ_CURVE_SECRETKEY, encrypted->client.value());
      set_key(dealer_, ZMQ_CURVE_SERVERKEY, theirs.value);
    }
    zmq_connect(dealer_, endpoint.c_str());
  }
  ~raw() override {
    zmq_close(dealer_);
    zmq_ctx_term(context_);
  }

  std::vector<double> round_trips(std::size_t count) override {
    std::vector<double> out;
    std::array<char, 8> data{echo};
    for (std::size_t i = 0; i < count; ++i) {
      const auto start = machine_clock().now();
      zmq_send(dealer_, data.data(), data.size(), 0);
      zmq_recv(dealer_, data.data(), data.size(), 0);
      data[0] = echo;
      out.push_back(to_seconds(machine_clock().now() - start) * 1e6);
    }
    return out;
  }

  double one_way(std::size_t size, std::size_t count) override {
    std::vector<char> data(size, flood);
    const auto start = machine_clock().now();
    for (std::size_t i = 0; i + 1 < count; ++i) {
      if (size < copied_below) {
        zmq_send(dealer_, data.data(), size, 0);
      } else {
        zmq_msg_t message;
        zmq_msg_init_data(&message, data.data(), size, [](void*, void*) {}, nullptr);
        zmq_msg_send(&message, dealer_, 0);
      }
    }
    std::vector<char> end(size, last);
    zmq_send(dealer_, end.data(), size, 0);
    std::array<char, 8> reply{};
    zmq_recv(dealer_, reply.data(), reply.size(), 0);
    return to_seconds(machine_clock().now() - start);
  }

private:
  void* context_;
  void* dealer_;
};

} // namespace

void serve_raw(const peer_process::child_side& up, const std::string& listen,
               const raw_keys* encrypted) {
  void* context = zmq_ctx_new();
  void* router = zmq_socket(context, ZMQ_ROUTER);
  const int none = 0;
  zmq_setsockopt(router, ZMQ_LINGER, &none, sizeof none);
  if (encrypted != nullptr) {
    const int yes = 1;
    zmq_setsockopt(router, ZMQ_CURVE_SERVER, &yes, sizeof yes);
    set_key(router, ZMQ_CURVE_SECRETKEY, encrypted->server.value());
  }
  if (zmq_bind(router, listen.c_str()) != 0) {
    return;
  }
  std::array<char, 256> bound{};
  std::size_t size = bound.size();
  zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, bound.data(), &size);
  up.ready(bound.data());
  std::thread([router] { answer_all(router); }).detach();
  up.until_closed();
}

std::unique_ptr<contender> make_raw(const std::string& endpoint, const raw_keys* encrypted) {
  return std::make_unique<raw>(endpoint, encrypted);
}

} // namespace troupe::bench
