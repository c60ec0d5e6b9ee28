// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/zmq_socket.hpp"

namespace troupe::zmq_detail {

/// Keeps connections that say nothing away from a listening socket.
///
/// Whoever connects by ZMTP speaks first. So the system holds a connection back until its first
/// byte, and forgets it after three seconds of silence; at a flood it keeps nothing of it at all
/// (SYN cookies). libzmq would take each and greet it, in the thread that carries good traffic.
/// Who hangs up within the three seconds is taken, and gone at once. Of TCP only; where the system
/// knows no such filter, all are taken as ever.
///
/// Thread: any, one at a time.
/// Cost: a few microseconds for each connection that is taken.
/// Requires: closed before its listener; `attend` called when the descriptor tells of events.
/// Checked: test/integration/bus/keys_zmq_test.cpp
class zmq_door {
public:
  /// How many the system may hold back at once, where it allows so many.
  static constexpr int held_back_max = 4096;
  /// Events that wait for `attend` at most; then libzmq's I/O thread waits.
  static constexpr int events_max = 100'000;

  zmq_door() = default;
  zmq_door(const zmq_door&) = delete;
  zmq_door& operator=(const zmq_door&) = delete;
  ~zmq_door() { close(); }

  /// Before `listener` is bound.
  void open(void* context, const socket& listener);
  /// Closes each port that `listener` bound since to those who say nothing, and hears those who
  /// came in.
  void attend();
  /// -1: there is none.
  [[nodiscard]] int descriptor() const;
  void close();

private:
  void* listener_ = nullptr;
  socket events_;
};

} // namespace troupe::zmq_detail
