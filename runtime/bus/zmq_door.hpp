// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/bus/admission.hpp"
#include "runtime/bus/zmq_socket.hpp"

#include <memory>
#include <string>
#include <vector>

namespace troupe::zmq_detail {

/// Keeps connections that say nothing, and those of who is barred, away from a listening socket.
///
/// Whoever connects by ZMTP speaks first. So the system holds a connection back until its first
/// byte, and forgets it after three seconds of silence; at a flood it keeps nothing of it at all
/// (SYN cookies). libzmq would take each and greet it, in the thread that carries good traffic.
/// Who hangs up within the three seconds is taken, and gone at once. Of who is barred by the
/// admission the system does not hear that it would connect: it tries again as at any loss, after
/// 1 s, 3 s, 7 s. Of TCP only; where the system knows no such filter, all are taken as ever.
///
/// Thread: any, one at a time.
/// Cost: a few microseconds for each connection that is taken.
/// Requires: closed before its listener; `attend` called when the descriptor tells of events, and
/// at attend_at().
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

  /// Before `listener` is bound. `gate`: null where nobody is barred.
  void open(void* context, const socket& listener, std::shared_ptr<admission> gate);
  /// Closes each port that `listener` bound since to those who say nothing, hears those who came
  /// in, and bars whom the gate bars by now.
  void attend(time_point now);
  [[nodiscard]] time_point attend_at() const { return attend_at_; }
  /// -1: there is none.
  [[nodiscard]] int descriptor() const;
  void close();

private:
  void take(int accepted, time_point now);
  void bar(time_point now);

  void* listener_ = nullptr;
  socket events_;
  std::shared_ptr<admission> gate_;
  std::vector<int> ports_; ///< Descriptors that listen.
  std::vector<std::string> barred_;
  time_point attend_at_ = time_point::max();
};

} // namespace troupe::zmq_detail
