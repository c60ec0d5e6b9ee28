// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/admission.hpp"
#include "runtime/keys/key.hpp"

#include <memory>
#include <string>

namespace troupe {

/// Encrypts and authenticates the control lane. The bulk lane gets a port of its own without
/// either, so only who also takes `bus_security` may use it.
struct zmq_curve {
  keys::secret_key secret;
  std::shared_ptr<admission> gate;
  std::string listen_bulk; ///< "tcp://HOST:PORT"; empty: a free port of the first host listened on.
};

namespace zmq_detail {

class socket;

/// Whoever connects must know `mine` and is asked for by the zap_handler.
void serve_curve(socket& s, const zmq_curve& mine);

/// False: `server` is no key.
bool call_curve(socket& s, const zmq_curve& mine, const std::string& server);

} // namespace zmq_detail

} // namespace troupe
