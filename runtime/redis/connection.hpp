// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/redis/address.hpp"
#include "runtime/redis/reply_guard.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace troupe::redis {

/// What a server answers to one command.
struct reply {
  enum class kind : std::uint8_t { nothing, text, integer, list, failure };

  kind what = kind::nothing;
  std::string text; ///< Of text and failure.
  std::int64_t integer = 0;
  std::vector<reply> items;
};

using command = std::vector<std::string>;

/// A connection to a Redis server, over which nothing takes longer than its deadline and nothing is
/// answered beyond its bounds. After an error of `run` it is of no more use.
/// Thread: one at a time. Checked: test/unit/redis/connection_test.cpp
class connection {
public:
  /// Tries the addresses of the host in turn, then logs in and selects the database.
  /// Errors: not_found (host), peer_gone, timeout, malformed, invalid_value (login refused).
  [[nodiscard]] static result<connection> open(const address& to, const reply_bounds& bounds,
                                               const clock& time, duration timeout);

  connection(connection&&) noexcept;
  connection& operator=(connection&&) noexcept;
  ~connection();

  /// Sends all commands, then reads all answers, in order. A failure told by the server is an
  /// answer. Errors: timeout, peer_gone, malformed (what came is no reply, or over the bounds).
  [[nodiscard]] result<std::vector<reply>> run(const std::vector<command>& commands,
                                               time_point deadline);

private:
  struct state;

  explicit connection(std::unique_ptr<state> made);

  std::unique_ptr<state> state_;
};

} // namespace troupe::redis
