// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/admission.hpp"
#include "runtime/bus/zmq_socket.hpp"

#include <memory>
#include <thread>

namespace troupe::zmq_detail {

inline constexpr const char* zap_domain = "troupe";

/// Of a port without CURVE where everybody is let in. Without a domain libzmq would also speak ZMTP
/// 1.0 there, and an assertion of its ends the process for some bytes that look like it.
inline constexpr const char* zap_open_domain = "troupe-open";

/// Answers libzmq's question whether a connection may stand, and names the connection by its key:
/// the User-Id of its frames. Whatever is not a well-formed question about CURVE is refused.
///
/// Role: one per context, before any socket that asks is bound. Thread: owns one, which ends when
/// the context is shut down; destroyed after that and before the context.
/// Source: ZeroMQ RFC 27.
class zap_handler {
public:
  zap_handler(void* context, std::shared_ptr<admission> gate);
  zap_handler(const zap_handler&) = delete;
  zap_handler& operator=(const zap_handler&) = delete;
  ~zap_handler();

private:
  socket replies_;
  std::shared_ptr<admission> gate_;
  std::thread thread_;
};

} // namespace troupe::zmq_detail
