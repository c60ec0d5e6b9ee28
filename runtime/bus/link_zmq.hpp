// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/bus/link.hpp"
#include "runtime/bus/zmq_curve.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// Frames over ZeroMQ: one ROUTER that only receives, per link two DEALERs that only send.
///
/// Role:   made by apps, given to bus::start.
/// Thread: owns one thread that runs all events, and ZeroMQ's own.
/// Ensures: a peer process that dies is noticed by its closed connection within milliseconds; a
///   silent host by ZMTP heartbeats.
/// Errors: port_in_use, invalid_value (an address that does not parse).
/// Checked: test/integration/bus/bus_zmq_test.cpp
struct zmq_options {
  std::vector<std::string> listen{"tcp://127.0.0.1:0"}; ///< tcp and ipc; port 0: a free one.
  std::string advertise_host;     ///< Instead of the listening host in what peers are told.
  std::optional<zmq_curve> curve; ///< None: nothing is encrypted, and anybody may connect.
  std::uint64_t seed = 0; ///< Of the nonces' random half; any number that differs per start.
};
[[nodiscard]] result<std::unique_ptr<transport>> make_zmq_transport(const zmq_options& options);

} // namespace troupe
