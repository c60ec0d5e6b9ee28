// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/http/response_stream.hpp"

#include <mutex>

namespace troupe::http {

/// Who must learn that a stream has output. Called from any thread, with the stream locked.
class wake_target {
public:
  virtual void wake() = 0;

protected:
  ~wake_target() = default;
};

/// What the request decided about the shape of its answer.
struct answer_shape {
  bool head_only = false; ///< HEAD: no body.
  bool chunked = true;    ///< Of a streamed answer; false: it ends by closing.
  bool keep_alive = true; ///< The connection goes on after this answer.
  std::size_t stream_bytes_max = 0;
};

/// The state between a response_stream and its connection. Thread: any; everything under one mutex.
class stream_core {
public:
  explicit stream_core(answer_shape shape) : shape_(shape) {}

  // The handler's side; see response_stream.
  result<void> send(int status, const header_list& headers, std::string body);
  result<void> start(int status, const header_list& headers);
  result<void> write(std::string_view data);
  result<void> finish();
  std::size_t queued_bytes() const;
  void on_closed(std::function<void()> gone);
  void abandon();

  // The connection's side.
  enum class phase : std::uint8_t { waiting, streaming, finished, broken };

  void attach(wake_target* target);
  /// Moves what is queued to the end of `wire` and says where the answer stands with it.
  phase take(std::string& wire);
  void set_unsent(std::size_t bytes);
  /// The client's sending side ended; true if the answer cannot go on.
  bool half_close();
  /// The connection is over, whatever the answer's state.
  void close();

private:
  result<void> begin(int status, header_list headers, bool streamed);
  void wake_locked();
  std::function<void()> take_callback_locked();

  mutable std::mutex mutex_;
  answer_shape shape_;
  phase phase_ = phase::waiting;
  bool closed_ = false;
  bool gone_ = false;
  bool no_body_ = false;
  bool woken_ = false;
  bool end_taken_ = false;
  bool streamed_ = false;
  std::string head_;
  std::string body_;
  std::size_t unsent_bytes_ = 0;
  wake_target* target_ = nullptr;
  std::function<void()> on_closed_;
};

} // namespace troupe::http
