// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/http/io_thread.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <vector>

namespace troupe::http {

namespace {

// Deadlines are looked at in steps, which costs less than a timer per read; so they may be late by
// an eighth of the shortest one.
duration step_of(const limits& bounds) {
  const auto shortest = std::min({bounds.head_timeout, bounds.body_timeout, bounds.idle_timeout,
                                  bounds.stall_timeout, bounds.linger_timeout});
  return std::clamp<duration>(shortest / 8, 5ms, 250ms);
}

} // namespace

io_thread::io_thread(const limits& bounds, const handler& serve,
                     std::atomic<std::size_t>& connections)
    : limits_(bounds),
      serve_(serve),
      connections_(connections),
      work_(boost::asio::make_work_guard(context_)),
      timer_(context_) {
}

void io_thread::run() {
  thread_ = std::thread{[this] {
    context_.run();
  }};
}

void io_thread::join() {
  work_.reset();
  boost::asio::post(context_, [this] { timer_.cancel(); });
  if (thread_.joinable()) {
    thread_.join();
  }
}

void io_thread::adopt(boost::asio::ip::tcp::socket socket) {
  auto made =
      std::make_shared<connection>(std::move(socket), limits_, serve_, [this](connection* ended) {
        open_.erase(ended);
        --connections_;
      });
  open_.emplace(made.get(), made);
  made->start();
  if (!ticking_) {
    ticking_ = true;
    tick();
  }
}

void io_thread::tick() {
  if (open_.empty()) {
    ticking_ = false;
    return;
  }
  timer_.expires_after(step_of(limits_));
  timer_.async_wait([this](boost::system::error_code why) {
    if (why) {
      ticking_ = false;
      return;
    }
    const auto now = machine_clock().now();
    auto all = std::vector<std::shared_ptr<connection>>{};
    for (const auto& [key, held] : open_) {
      all.push_back(held);
    }
    for (const auto& held : all) {
      held->check_deadline(now);
    }
    tick();
  });
}

void io_thread::drain() {
  post_all(&connection::drain);
}

void io_thread::abort() {
  post_all(&connection::abort);
}

void io_thread::post_all(void (connection::*what)()) {
  boost::asio::post(context_, [this, what] {
    auto all = std::vector<std::shared_ptr<connection>>{};
    for (const auto& [key, held] : open_) {
      all.push_back(held);
    }
    for (const auto& held : all) {
      (*held.*what)();
    }
  });
}

} // namespace troupe::http
