// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/http/connection.hpp"

#include "runtime/http/head.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

namespace troupe::http {

namespace {

using boost::system::error_code;

} // namespace

connection::connection(boost::asio::ip::tcp::socket socket, const limits& bounds,
                       const handler& serve, std::function<void(connection*)> on_end)
    : socket_(std::move(socket)), limits_(bounds), serve_(serve), on_end_(std::move(on_end)) {
  auto ignored = error_code{};
  socket_.set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
  socket_.set_option(boost::asio::socket_base::send_buffer_size{32 * 1024}, ignored);
  if (const auto peer = socket_.remote_endpoint(ignored); !ignored) {
    remote_ = peer.address().to_string() + ":" + std::to_string(peer.port());
  }
}

void connection::start() {
  run(shared_from_this());
}

// `self` keeps the connection alive for as long as the coroutine runs.
detached connection::run([[maybe_unused]] std::shared_ptr<connection> self) {
  while (keep_alive_ && !draining_ && !failed_) {
    begin_request();
    for (read_request(); !request_settled(); read_request()) {
      co_await changed_;
    }
    if (reader_->now() == framing::state::complete) {
      dispatch();
    } else if (!refused_) {
      break;
    }
    while (stream_ != nullptr && serve_step()) {
      co_await changed_;
    }
    while (flush_step()) {
      co_await changed_;
    }
    if (!keep_alive_ && !failed_) {
      set_deadline(limits_.linger_timeout);
      auto ignored = error_code{};
      socket_.shutdown(boost::asio::socket_base::shutdown_send, ignored);
      while (linger_step()) {
        co_await changed_;
      }
    }
  }
  end();
}

void connection::begin_request() {
  reader_ = std::make_unique<framing>(limits_);
  continued_ = false;
  set_deadline(limits_.idle_timeout);
}

void connection::read_request() {
  const bool was_started = reader_->started();
  const auto before = reader_->now();
  in_.erase(0, reader_->feed(in_));
  if (before == framing::state::head && reader_->now() == framing::state::body) {
    set_deadline(limits_.body_timeout);
    in_.erase(0, reader_->feed(in_));
  } else if (!was_started && reader_->started()) {
    set_deadline(limits_.head_timeout);
  }
  if (reader_->now() == framing::state::refused) {
    refuse(reader_->why().status, reader_->why().text);
    return;
  }
  if (timed_out_ && reader_->started() && reader_->now() != framing::state::complete) {
    refuse(408, "the request did not arrive in time");
    return;
  }
  if (reader_->now() == framing::state::body && reader_->expects_continue() && !continued_) {
    continued_ = true;
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
  }
  if (reader_->now() == framing::state::head || reader_->now() == framing::state::body) {
    pump_read(in_.size() + 1);
    pump_write();
  }
}

bool connection::request_settled() const {
  const bool idle = !reader_->started();
  return reader_->now() == framing::state::complete || refused_ || eof_ || failed_ || timed_out_
         || (idle && draining_);
}

void connection::dispatch() {
  auto asked = parse_head(reader_->head(), reader_->target());
  if (!asked) {
    refuse(400, asked.err().text);
    return;
  }
  ++served_;
  keep_alive_ =
      reader_->keep_alive() && !draining_ && served_ < limits_.requests_per_connection_max;
  if (reader_->is_http_1_0()) {
    keep_alive_ = false;
  }
  asked->body = std::move(reader_->body());
  asked->remote = remote_;
  half_closed_told_ = false;
  stream_ =
      std::make_shared<stream_core>(answer_shape{.head_only = asked->method == "HEAD",
                                                 .chunked = !reader_->is_http_1_0(),
                                                 .keep_alive = keep_alive_,
                                                 .stream_bytes_max = limits_.stream_bytes_max});
  serve_(*std::move(asked), response_stream{stream_});
  stream_->attach(this);
}

void connection::refuse(int status, const std::string& text) {
  keep_alive_ = false;
  refused_ = true;
  timed_out_ = false;
  const bool is_json = limits_.refusal_json != nullptr;
  const auto body = is_json ? limits_.refusal_json(status, text) : text + "\n";
  out_ += *format_head(status, {{"Content-Type", is_json ? "application/json" : "text/plain"},
                                {"Content-Length", std::to_string(body.size())},
                                {"Connection", "close"}});
  out_ += body;
}

// One look at the answer; false when it is over or cannot go on.
bool connection::serve_step() {
  if (writing_.empty()) {
    const auto phase = stream_->take(out_);
    if (out_.empty()) {
      set_deadline(duration::max());
    }
    if (phase == stream_core::phase::finished && out_.empty()) {
      stream_->close();
      stream_ = nullptr;
      return false;
    }
    failed_ = failed_ || (phase == stream_core::phase::broken && out_.empty());
    pump_write();
  }
  pump_read(limits_.unread_bytes_max);
  if (eof_ && !std::exchange(half_closed_told_, true)) {
    failed_ = stream_->half_close() || failed_;
  }
  if (eof_) {
    keep_alive_ = false;
  }
  if (failed_ || timed_out_) {
    failed_ = true;
    std::exchange(stream_, nullptr)->close();
    return false;
  }
  return true;
}

bool connection::flush_step() {
  pump_write();
  return !writing_.empty() && !failed_ && !timed_out_;
}

bool connection::linger_step() {
  in_.clear();
  pump_read(1);
  return !eof_ && !failed_ && !timed_out_;
}

void connection::pump_read(std::size_t unread_bytes_max) {
  if (reading_ || eof_ || failed_ || in_.size() >= unread_bytes_max) {
    return;
  }
  reading_ = true;
  socket_.async_read_some(boost::asio::buffer(chunk_),
                          [self = shared_from_this()](error_code why, std::size_t count) {
                            self->reading_ = false;
                            self->in_.append(self->chunk_.data(), count);
                            if (why == boost::asio::error::eof) {
                              self->eof_ = true;
                            } else if (why) {
                              self->failed_ = true;
                            }
                            self->changed_.signal();
                          });
}

void connection::pump_write() {
  if (!writing_.empty() || out_.empty() || failed_) {
    return;
  }
  writing_.swap(out_);
  written_ = 0;
  set_deadline(limits_.stall_timeout);
  write_some();
}

void connection::write_some() {
  const auto rest = boost::asio::buffer(writing_) + written_;
  socket_.async_write_some(rest, [self = shared_from_this()](error_code why, std::size_t count) {
    self->written_ += count;
    if (self->stream_ != nullptr) {
      self->stream_->set_unsent(why ? 0 : self->writing_.size() - self->written_);
    }
    if (!why && self->written_ < self->writing_.size()) {
      self->set_deadline(self->limits_.stall_timeout);
      self->write_some();
      return;
    }
    self->writing_.clear();
    self->failed_ = self->failed_ || why;
    self->changed_.signal();
  });
}

void connection::set_deadline(duration from_now) {
  timed_out_ = false;
  deadline_ = from_now == duration::max() ? time_point::max() : machine_clock().now() + from_now;
}

void connection::check_deadline(time_point now) {
  if (now >= deadline_) {
    deadline_ = time_point::max();
    timed_out_ = true;
    changed_.signal();
  }
}

void connection::drain() {
  draining_ = true;
  changed_.signal();
}

void connection::abort() {
  failed_ = true;
  auto ignored = error_code{};
  socket_.close(ignored);
  changed_.signal();
}

// Called with the stream locked: must not look at it.
void connection::wake() {
  boost::asio::post(socket_.get_executor(),
                    [self = shared_from_this()] { self->changed_.signal(); });
}

void connection::end() {
  if (stream_ != nullptr) {
    std::exchange(stream_, nullptr)->close();
  }
  auto ignored = error_code{};
  socket_.close(ignored);
  on_end_(this);
}

} // namespace troupe::http
