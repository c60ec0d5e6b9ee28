// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/zmq_listener.hpp"

#include <string_view>
#include <utility>

namespace troupe::zmq_detail {

result<void> zmq_listener::open(void* context, const options& how) {
  router = socket(context, ZMQ_ROUTER);
  set_common(router);
  // With keys nobody takes over another's routing id: it is not what it is known by.
  router.set(ZMQ_ROUTER_HANDOVER, how.curve != nullptr ? 0 : 1);
  router.set(ZMQ_BACKLOG, zmq_door::held_back_max);
  router.set(ZMQ_RCVHWM, 4000);
  std::string key;
  if (how.curve != nullptr) {
    serve_by(router, lane::control);
    zap = std::make_unique<zap_handler>(context, how.curve->gate);
    serve_curve(router, *how.curve);
    key = "#" + keys::to_text(keys::link_key_of(how.curve->secret));
  }
  router_door.open(context, router, how.curve != nullptr ? how.curve->gate : nullptr);
  for (const auto& address : how.listen) {
    auto endpoint = bind_at(router, address, how.advertise_host);
    if (!endpoint) {
      return std::move(endpoint).err();
    }
    router_door.attend(how.now);
    endpoints.push_back(*endpoint + key);
  }
  return how.curve != nullptr ? listen_bulk(context, how) : result<void>{};
}

result<void> zmq_listener::listen_bulk(void* context, const options& how) {
  bulk = socket(context, ZMQ_ROUTER);
  set_common(bulk);
  bulk.set(ZMQ_BACKLOG, zmq_door::held_back_max);
  bulk.set(ZMQ_RCVHWM, 64);
  serve_by(bulk, lane::bulk);
  constexpr std::string_view domain = zap_open_domain;
  zmq_setsockopt(bulk.get(), ZMQ_ZAP_DOMAIN, domain.data(), domain.size());
  auto address = how.curve->listen_bulk;
  for (const auto& beside : how.listen) {
    if (address.empty() && beside.starts_with("tcp://")) {
      address = beside.substr(0, beside.rfind(':')) + ":0";
    }
  }
  if (address.empty()) {
    return {};
  }
  bulk_door.open(context, bulk, nullptr); // No handshake of it costs much.
  auto endpoint = bind_at(bulk, address, how.advertise_host);
  if (!endpoint) {
    return std::move(endpoint).err();
  }
  bulk_door.attend(how.now);
  endpoints.push_back("bulk+" + *endpoint);
  return {};
}

} // namespace troupe::zmq_detail
