// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/link_zmq.hpp"
#include "runtime/bus/security.hpp"
#include "runtime/keys/node_keys.hpp"

#include <cstdint>
#include <memory>

/// Keys of the benchmark's own cluster, in memory only. Made before the peers are forked, so that
/// both sides have them.
namespace troupe::bench {

inline constexpr std::uint64_t peer_id = 1;
inline constexpr std::uint64_t side_id = 2;

/// Of raw ZeroMQ with CURVE.
struct raw_keys {
  keys::secret_key server = keys::make_secret_key();
  keys::secret_key client = keys::make_secret_key();
};

/// Of the two nodes whose links are encrypted.
struct bench_keys {
  keys::node_keys peer;
  keys::node_keys side;
};
[[nodiscard]] bench_keys make_bench_keys();

/// What makes a node with these keys encrypt and authenticate, as a node of a cluster does.
struct secured {
  zmq_curve curve;
  std::shared_ptr<const bus_security> security;
};
[[nodiscard]] secured secure(const keys::node_keys& mine);

} // namespace troupe::bench
