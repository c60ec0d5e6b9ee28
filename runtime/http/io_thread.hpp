// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/http/connection.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <map>
#include <thread>

namespace troupe::http {

/// One I/O thread with its connections; a connection never changes its thread.
/// Thread: the methods may be called from any; what they do happens on the own one.
class io_thread {
public:
  io_thread(const limits& bounds, const handler& serve, std::atomic<std::size_t>& connections);

  boost::asio::io_context& context() { return context_; }
  void run(); ///< Starts the thread.
  void join();

  void adopt(boost::asio::ip::tcp::socket socket); ///< Own thread only.
  void drain();
  void abort();

private:
  void tick();
  void post_all(void (connection::*what)());

  const limits& limits_;
  const handler& serve_;
  std::atomic<std::size_t>& connections_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  bool ticking_ = false;
  std::map<connection*, std::shared_ptr<connection>> open_;
  std::thread thread_;
};

} // namespace troupe::http
