// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/keys/key.hpp"

#include <cstddef>
#include <string>
#include <vector>

/// Peers that do not keep the rules: below the bus, and below ZeroMQ.
namespace troupe::test {

/// A DEALER with a key of its own choice, or none, that sends any frames.
class raw_dealer {
public:
  /// `server` empty: without encryption.
  raw_dealer(const std::string& address, const keys::secret_key& mine, const std::string& server,
             bytes_view routing_id);
  raw_dealer(const raw_dealer&) = delete;
  raw_dealer& operator=(const raw_dealer&) = delete;
  ~raw_dealer();

  /// Whether its handshake succeeds within that time.
  [[nodiscard]] bool is_connected(int timeout_ms);
  /// False: would block.
  bool send(bytes_view head, bytes_view bulk = {});

private:
  void* context_;
  void* dealer_;
  void* monitor_;
};

/// TCP connections to 127.0.0.1:`port`, held open; each sends `first` and nothing more.
class half_open {
public:
  half_open(int port, std::size_t count, bytes_view first);
  half_open(const half_open&) = delete;
  half_open& operator=(const half_open&) = delete;
  ~half_open();
  [[nodiscard]] std::size_t count() const { return sockets_.size(); }
  /// By each of them.
  void say(bytes_view what) const;
  /// Whether the other side closes every one of them within that time.
  [[nodiscard]] bool are_closed(int timeout_ms) const;
  /// How many the other side greets within that time for each.
  [[nodiscard]] std::size_t greeted(int timeout_ms) const;
  /// What the other side has sent to any of them and takes for not received, of all in this host.
  [[nodiscard]] std::size_t unacknowledged_bytes() const;

private:
  std::vector<int> sockets_;
};

/// Whether the system of `to` answers a connection from `from` (numeric, of one family) in time.
[[nodiscard]] bool is_answered(const std::string& from, const std::string& to, int port,
                               int timeout_ms);

[[nodiscard]] int port_of(const std::string& endpoint);

} // namespace troupe::test
