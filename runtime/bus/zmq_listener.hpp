// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/zap_handler.hpp"
#include "runtime/bus/zmq_door.hpp"
#include "runtime/bus/zmq_socket.hpp"

#include <memory>
#include <string>
#include <vector>

namespace troupe::zmq_detail {

/// The sockets by which others reach a process, bound. They only receive.
/// Checked: test/integration/bus/bus_zmq_test.cpp, keys_zmq_test.cpp
struct zmq_listener {
  struct options {
    const std::vector<std::string>& listen;
    const std::string& advertise_host;
    const zmq_curve* curve = nullptr; ///< Null: nothing is encrypted.
    time_point now;
  };
  /// Errors: port_in_use, invalid_value; what is open then is closed as ever.
  result<void> open(void* context, const options& how);
  void close() {
    router_door.close();
    bulk_door.close();
    router.close();
    bulk.close();
  }

  socket router;
  zmq_door router_door;
  socket bulk; ///< With keys: what is not encrypted comes by a socket of its own.
  zmq_door bulk_door;
  std::unique_ptr<zap_handler> zap;   ///< With keys. Ends when the context is shut down, no sooner.
  std::vector<std::string> endpoints; ///< As others reach them.

private:
  result<void> listen_bulk(void* context, const options& how);
};

} // namespace troupe::zmq_detail
