// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/client_response.hpp"

#include "actors/gateway/openai_format.hpp"
#include "messages/vocab/error_codes.hpp"

#include <utility>

namespace troupe {

void send_error(api_reply& reply, const error& why, header_list headers) {
  headers.emplace_back("content-type", "application/json");
  headers.emplace_back("x-should-retry", why.retryable ? "true" : "false");
  if (why.retry_after_ms > 0) {
    headers.emplace_back("retry-after-ms", std::to_string(why.retry_after_ms));
    headers.emplace_back("retry-after", std::to_string((why.retry_after_ms + 999) / 1000));
  }
  std::string body;
  openai::append_error(body, why);
  reply.send(row_of(why.code).http_status, std::move(headers), std::move(body));
}

client_response::client_response(std::unique_ptr<answer_format> format, bool stream,
                                 std::uint32_t choices, header_list headers,
                                 std::shared_ptr<api_reply> reply)
    : format_(std::move(format)),
      stream_(stream),
      headers_(std::move(headers)),
      reply_(std::move(reply)),
      begun_(choices),
      open_choices_(choices) {
}

std::size_t client_response::write(std::string out) {
  if (out.empty()) {
    return 0;
  }
  if (!is_open_) {
    is_open_ = true;
    auto headers = std::move(headers_);
    headers.emplace_back("content-type", "text/event-stream; charset=utf-8");
    headers.emplace_back("cache-control", "no-cache");
    headers.emplace_back("x-accel-buffering", "no");
    reply_->open(200, std::move(headers));
  }
  wrote_since_ping_ = true;
  return reply_->write(std::move(out));
}

void client_response::begin(std::uint32_t choice, std::string& out) {
  if (!begun_[choice]) {
    begun_[choice] = true;
    format_->begin(out, choice);
  }
}

std::size_t client_response::on_delta(std::uint32_t choice, const choice_delta& what) {
  if (!stream_) {
    format_->keep(choice, what);
    return 0;
  }
  std::string out;
  begin(choice, out);
  format_->add(out, choice, what);
  return write(std::move(out));
}

bool client_response::on_end(std::uint32_t choice, finish_reason why, const token_usage& used) {
  const bool is_last = --open_choices_ == 0;
  std::string out;
  if (stream_) {
    begin(choice, out);
    format_->finish(out, choice, why);
    if (is_last) {
      format_->close(out, used);
    }
    write(std::move(out));
    if (is_last) {
      reply_->close();
    }
    return is_last;
  }
  format_->keep_end(choice, why);
  if (is_last) {
    format_->write_whole(out, used);
    headers_.emplace_back("content-type", "application/json");
    reply_->send(200, std::move(headers_), std::move(out));
  }
  return is_last;
}

void client_response::on_error(const error& why) {
  if (!is_open_) {
    send_error(*reply_, why, std::move(headers_));
    return;
  }
  std::string out;
  openai::append_error_event(out, why);
  openai::append_done(out);
  write(std::move(out));
  reply_->close();
}

void client_response::ping() {
  if (is_open_ && !wrote_since_ping_) {
    reply_->write(": ping\n\n");
  }
  wrote_since_ping_ = false;
}

} // namespace troupe
