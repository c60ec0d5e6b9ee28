// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/http/event.hpp"
#include "runtime/http/framing.hpp"
#include "runtime/http/response_stream.hpp"
#include "runtime/http/stream_core.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <functional>
#include <memory>
#include <string>

namespace troupe::http {

using handler = std::function<void(request, response_stream)>;

/// One client: reads a request, lets the handler answer, writes the answer, and only then reads the
/// next. One coroutine; at most one read and one write are under way, and whatever they, the
/// answer's stream or the clock change wakes the coroutine through one event.
/// Thread: its io_context's only, except wake().
class connection final : public std::enable_shared_from_this<connection>, private wake_target {
public:
  connection(boost::asio::ip::tcp::socket socket, const limits& bounds, const handler& serve,
             std::function<void(connection*)> on_end);

  void start();
  void check_deadline(time_point now);
  void drain(); ///< Ends after the present answer, at once if there is none.
  void abort();

private:
  detached run(std::shared_ptr<connection> self);

  void wake() override;
  void begin_request();
  void read_request();
  bool request_settled() const;
  void dispatch();
  void refuse(int status, const std::string& text);
  bool serve_step();
  bool flush_step();
  bool linger_step();
  void pump_read(std::size_t unread_bytes_max);
  void pump_write();
  void write_some();
  void set_deadline(duration from_now);
  void end();

  boost::asio::ip::tcp::socket socket_;
  const limits& limits_;
  const handler& serve_;
  std::function<void(connection*)> on_end_;
  event changed_;

  std::unique_ptr<framing> reader_;
  std::shared_ptr<stream_core> stream_;
  std::string remote_;
  std::size_t served_ = 0;
  bool keep_alive_ = true;
  bool draining_ = false;
  bool continued_ = false;
  bool refused_ = false;
  bool half_closed_told_ = false;

  std::array<char, 8192> chunk_;
  std::string in_;
  bool reading_ = false;
  bool eof_ = false;

  std::string out_;     ///< To be written next.
  std::string writing_; ///< Being written; must not move meanwhile.
  std::size_t written_ = 0;
  bool failed_ = false;

  time_point deadline_ = time_point::max();
  bool timed_out_ = false;
};

} // namespace troupe::http
