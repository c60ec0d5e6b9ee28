// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/answer_format.hpp"
#include "actors/gateway/api_port.hpp"
#include "actors/gateway/client_sink.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace troupe {

/// One client's answer over HTTP: turns what the core says into server-sent events or one JSON
/// body, in the shape of its format. Status and headers leave with the first delta, so that what
/// fails before it has an HTTP status of its own. Thread: inside the gateway's actor, but for
/// `ping`'s caller, which must be the same. Checked: test/unit/gateway/http_api_test.cpp
class client_response {
public:
  client_response(std::unique_ptr<answer_format> format, bool stream, std::uint32_t choices,
                  header_list headers, std::shared_ptr<api_reply> reply);

  /// The bytes that wait for the client.
  std::size_t on_delta(std::uint32_t choice, const choice_delta& what);

  /// True: that was the last choice, the answer is complete.
  bool on_end(std::uint32_t choice, finish_reason why, const token_usage& used);

  void on_error(const error& why);

  /// Thread: any.
  [[nodiscard]] std::size_t waiting_bytes() const { return reply_->waiting_bytes(); }

  /// Keeps proxies from closing a stream in which nothing happens.
  void ping();

private:
  void begin(std::uint32_t choice, std::string& out);
  std::size_t write(std::string out);

  std::unique_ptr<answer_format> format_;
  bool stream_;
  header_list headers_;
  std::shared_ptr<api_reply> reply_;
  std::vector<bool> begun_;
  std::size_t open_choices_;
  bool is_open_ = false;
  bool wrote_since_ping_ = false;
};

/// Status, headers and body of an error, with advice on retrying.
void send_error(api_reply& reply, const error& why, header_list headers);

} // namespace troupe
