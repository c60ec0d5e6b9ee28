// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/http_reply.hpp"

#include "actors/gateway/openai_format.hpp"
#include "messages/vocab/error_codes.hpp"

#include <memory>
#include <mutex>
#include <utility>

namespace troupe {

namespace {

/// Errors of the stream mean that the client is gone, which on_closed tells; an overrun is told
/// here.
class http_reply final : public api_reply {
public:
  explicit http_reply(http::response_stream stream) : stream_(std::move(stream)) {}

  void send(int status, header_list headers, std::string body) override {
    static_cast<void>(stream_.send(status, headers, std::move(body)));
  }

  void open(int status, header_list headers) override {
    static_cast<void>(stream_.start(status, headers));
  }

  std::size_t write(std::string bytes) override {
    const auto written = stream_.write(bytes);
    if (!written && written.err().code == errc::overloaded) {
      give_up();
    }
    return stream_.queued_bytes();
  }

  void close() override { static_cast<void>(stream_.finish()); }

  [[nodiscard]] std::size_t waiting_bytes() const override { return stream_.queued_bytes(); }

  void on_gone(std::function<void()> gone) override {
    {
      const std::lock_guard lock(mutex_);
      gone_ = gone;
    }
    stream_.on_closed(std::move(gone));
  }

private:
  // Dropping the stream breaks the connection: a client must not take half an answer for a whole.
  void give_up() {
    std::function<void()> gone;
    {
      const std::lock_guard lock(mutex_);
      gone = std::exchange(gone_, nullptr);
    }
    if (gone) {
      gone();
    }
  }

  http::response_stream stream_;
  std::mutex mutex_;
  std::function<void()> gone_;
};

std::string refusal_body(int status, std::string_view text) {
  const auto code = status == 413   ? errors::body_too_large
                    : status == 408 ? errc::timeout
                                    : errors::invalid_request;
  std::string out;
  openai::append_error(out, {.code = code, .text = std::string(text)});
  return out;
}

http::server::handler serve_with(http_api& api) {
  return [&api](http::request request, http::response_stream stream) {
    const auto target = request.query.empty() ? request.path : request.path + "?" + request.query;
    api.handle({.method = request.method,
                .target = target,
                .header = [&request](std::string_view name) { return request.header(name); },
                .body = request.body},
               std::make_shared<http_reply>(std::move(stream)));
  };
}

} // namespace

result<std::unique_ptr<http::server>> serve_http(http_api& api, http::server_options options) {
  options.bounds.refusal_json = refusal_body;
  return http::server::start(std::move(options), serve_with(api));
}

} // namespace troupe
