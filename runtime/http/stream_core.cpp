// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/http/stream_core.hpp"

#include "runtime/http/head.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace troupe::http {

namespace {

error gone() {
  return {errc::peer_gone, "the client has left", {}};
}

void append_chunk(std::string& wire, const std::string& data) {
  auto digits = std::array<char, 16>{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), data.size(), 16);
  wire.append(digits.data(), written.ptr).append("\r\n").append(data).append("\r\n");
}

} // namespace

result<void> stream_core::begin(int status, header_list headers, bool streamed) {
  if (closed_) {
    return gone();
  }
  if (phase_ != phase::waiting) {
    return error{errc::internal, "the answer has already begun", {}};
  }
  no_body_ = shape_.head_only || status == 204 || status == 304;
  if (streamed && shape_.chunked && status != 204 && status != 304) {
    headers.emplace_back("Transfer-Encoding", "chunked");
  }
  if (!shape_.keep_alive) {
    headers.emplace_back("Connection", "close");
  }
  auto head = format_head(status, headers);
  if (!head) {
    return std::move(head).err();
  }
  head_ = *std::move(head);
  streamed_ = streamed;
  return {};
}

result<void> stream_core::send(int status, const header_list& headers, std::string body) {
  const auto lock = std::lock_guard{mutex_};
  auto all = headers;
  if (status != 204 && status != 304) {
    all.emplace_back("Content-Length", std::to_string(body.size()));
  }
  if (auto done = begin(status, std::move(all), false); !done) {
    return done;
  }
  body_ = no_body_ ? std::string{} : std::move(body);
  phase_ = phase::finished;
  on_closed_ = nullptr;
  wake_locked();
  return {};
}

result<void> stream_core::start(int status, const header_list& headers) {
  const auto lock = std::lock_guard{mutex_};
  if (gone_) {
    return gone();
  }
  if (auto done = begin(status, headers, true); !done) {
    return done;
  }
  phase_ = phase::streaming;
  wake_locked();
  return {};
}

result<void> stream_core::write(std::string_view data) {
  const auto lock = std::lock_guard{mutex_};
  if (closed_) {
    return gone();
  }
  if (phase_ != phase::streaming) {
    return error{errc::internal, "write belongs between start and finish", {}};
  }
  if (no_body_ || data.empty()) {
    return {};
  }
  if (body_.size() + unsent_bytes_ + data.size() > shape_.stream_bytes_max) {
    return error{errc::overloaded, "the client reads too slowly", {}, true};
  }
  body_ += data;
  wake_locked();
  return {};
}

result<void> stream_core::finish() {
  auto forgotten = std::function<void()>{};
  const auto lock = std::lock_guard{mutex_};
  if (closed_) {
    return gone();
  }
  if (phase_ != phase::streaming) {
    return error{errc::internal, "finish belongs after start, once", {}};
  }
  phase_ = phase::finished;
  forgotten = std::exchange(on_closed_, nullptr);
  wake_locked();
  return {};
}

std::size_t stream_core::queued_bytes() const {
  const auto lock = std::lock_guard{mutex_};
  return body_.size() + unsent_bytes_;
}

void stream_core::on_closed(std::function<void()> gone) {
  {
    const auto lock = std::lock_guard{mutex_};
    if (phase_ == phase::finished) {
      return;
    }
    if (!gone_ && !closed_) {
      on_closed_ = std::move(gone);
      return;
    }
  }
  gone();
}

void stream_core::abandon() {
  auto unanswered = false;
  {
    const auto lock = std::lock_guard{mutex_};
    on_closed_ = nullptr;
    if (closed_ || phase_ == phase::finished) {
      return;
    }
    unanswered = phase_ == phase::waiting;
    if (!unanswered) {
      phase_ = phase::broken;
      wake_locked();
    }
  }
  if (unanswered) {
    (void)send(500, {{"Content-Type", "text/plain"}}, "the request was dropped\n");
  }
}

void stream_core::attach(wake_target* target) {
  const auto lock = std::lock_guard{mutex_};
  target_ = target;
  woken_ = false;
}

stream_core::phase stream_core::take(std::string& wire) {
  const auto lock = std::lock_guard{mutex_};
  woken_ = false;
  wire += std::exchange(head_, {});
  const bool in_chunks = streamed_ && shape_.chunked && !no_body_;
  if (in_chunks && !body_.empty()) {
    append_chunk(wire, body_);
  } else {
    wire += body_;
  }
  body_.clear();
  if (in_chunks && phase_ == phase::finished && !std::exchange(end_taken_, true)) {
    wire += "0\r\n\r\n";
  }
  unsent_bytes_ = wire.size();
  return phase_;
}

void stream_core::set_unsent(std::size_t bytes) {
  const auto lock = std::lock_guard{mutex_};
  unsent_bytes_ = bytes;
}

bool stream_core::half_close() {
  auto callback = std::function<void()>{};
  auto over = false;
  {
    const auto lock = std::lock_guard{mutex_};
    over = phase_ == phase::streaming || phase_ == phase::broken;
    gone_ = true;
    callback = take_callback_locked();
  }
  if (callback) {
    callback();
  }
  return over;
}

void stream_core::close() {
  auto callback = std::function<void()>{};
  {
    const auto lock = std::lock_guard{mutex_};
    closed_ = true;
    gone_ = true;
    target_ = nullptr;
    head_.clear();
    body_.clear();
    unsent_bytes_ = 0;
    callback = take_callback_locked();
  }
  if (callback) {
    callback();
  }
}

void stream_core::wake_locked() {
  if (target_ != nullptr && !woken_) {
    woken_ = true;
    target_->wake();
  }
}

std::function<void()> stream_core::take_callback_locked() {
  return phase_ == phase::finished ? std::function<void()>{} : std::exchange(on_closed_, nullptr);
}

} // namespace troupe::http
