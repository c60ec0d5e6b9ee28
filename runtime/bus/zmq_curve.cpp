// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/zmq_curve.hpp"

#include "runtime/bus/zap_handler.hpp"
#include "runtime/bus/zmq_socket.hpp"

#include <string_view>

namespace troupe::zmq_detail {

void serve_curve(socket& s, const zmq_curve& mine) {
  const std::string_view domain = zap_domain;
  s.set(ZMQ_CURVE_SERVER, 1);
  zmq_setsockopt(s.get(), ZMQ_CURVE_SECRETKEY, mine.secret.value().data(), keys::key_bytes);
  zmq_setsockopt(s.get(), ZMQ_ZAP_DOMAIN, domain.data(), domain.size());
}

bool call_curve(socket& s, const zmq_curve& mine, const std::string& server) {
  const auto there = keys::parse_public_key(server);
  if (!there) {
    return false;
  }
  const auto own = keys::link_key_of(mine.secret);
  zmq_setsockopt(s.get(), ZMQ_CURVE_PUBLICKEY, own.value.data(), keys::key_bytes);
  zmq_setsockopt(s.get(), ZMQ_CURVE_SECRETKEY, mine.secret.value().data(), keys::key_bytes);
  zmq_setsockopt(s.get(), ZMQ_CURVE_SERVERKEY, there->value.data(), keys::key_bytes);
  return true;
}

} // namespace troupe::zmq_detail
