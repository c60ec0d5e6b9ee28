// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/zap_handler.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

namespace troupe::zmq_detail {

namespace {

constexpr std::size_t parts_max = 8;
enum part_of_question : std::size_t { version, id, domain, address, identity, mechanism, key };

/// False: the context ends.
bool receive_all(void* from, std::vector<std::string>& parts) {
  parts.clear();
  for (bool more = true; more;) {
    zmq_msg_t part;
    zmq_msg_init(&part);
    while (zmq_msg_recv(&part, from, 0) < 0) {
      if (zmq_errno() != EINTR) {
        zmq_msg_close(&part);
        return false;
      }
    }
    if (parts.size() < parts_max) {
      parts.emplace_back(static_cast<const char*>(zmq_msg_data(&part)), zmq_msg_size(&part));
    }
    more = zmq_msg_more(&part) != 0;
    zmq_msg_close(&part);
  }
  return true;
}

void reply(void* to, const std::string& id, const char* status, const std::string& user) {
  const std::string parts[] = {"1.0", id, status, "", user, ""};
  for (const auto& each : parts) {
    const bool last = &each == std::end(parts) - 1;
    zmq_send(to, each.data(), each.size(), last ? 0 : ZMQ_SNDMORE);
  }
}

// The bulk port is anyone's: its frames prove themselves.
bool is_open_port(const std::vector<std::string>& asked) {
  return asked.size() > mechanism && asked[version] == "1.0" && asked[domain] == zap_open_domain
         && asked[mechanism] == "NULL";
}

void answer(void* to, admission& gate, const std::vector<std::string>& asked) {
  if (is_open_port(asked)) {
    reply(to, asked[id], "200", "");
    return;
  }
  const bool is_ours = asked.size() == key + 1 && asked[version] == "1.0"
                       && asked[domain] == zap_domain && asked[mechanism] == "CURVE"
                       && asked[key].size() == keys::key_bytes;
  if (!is_ours) {
    reply(to, asked.size() > id ? asked[id] : "", "400", "");
    return;
  }
  keys::public_key who;
  std::ranges::transform(asked[key], who.value.begin(),
                         [](char c) { return static_cast<std::byte>(c); });
  if (gate.admit(asked[address], who, machine_clock().now())) {
    reply(to, asked[id], "200", keys::to_text(who));
  } else {
    reply(to, asked[id], "400", "");
  }
}

} // namespace

zap_handler::zap_handler(void* context, std::shared_ptr<admission> gate)
    : replies_(context, ZMQ_REP), gate_(std::move(gate)) {
  replies_.set(ZMQ_LINGER, 0);
  TROUPE_CHECK(zmq_bind(replies_.get(), "inproc://zeromq.zap.01") == 0);
  thread_ = std::thread([this] {
    std::vector<std::string> asked;
    while (receive_all(replies_.get(), asked)) {
      answer(replies_.get(), *gate_, asked);
    }
    replies_.close();
  });
}

zap_handler::~zap_handler() {
  thread_.join();
}

} // namespace troupe::zmq_detail
