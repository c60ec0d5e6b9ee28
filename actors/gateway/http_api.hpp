// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/api_port.hpp"
#include "actors/gateway/client_response.hpp"
#include "actors/gateway/gateway_core.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

struct http_api_options {
  request_options request;

  /// Not empty: every route but /live, /ready and /health needs one of them as
  /// `Authorization: Bearer` (or x-api-key, api-key).
  std::vector<std::string> api_keys;

  /// A client with more waiting bytes gets no further credit until it has read half of them, which
  /// is looked at so often.
  std::size_t waiting_bytes_max = 48 * 1024;
  duration window_interval = 20ms;

  /// Silence of a stream after which a comment is sent, at least.
  duration ping_interval = 15s;

  /// Unix time of the start: `created` of the models.
  std::int64_t started_s = 0;
};

/// The OpenAI API in front of a gateway_core: routes, authenticates, parses and prepares on the
/// caller's thread, submits to the core inside its actor, and is the sink through which the core
/// answers.
///
/// Thread: `handle` any; the client_sink's functions inside the actor.
/// Role: made before the core, outlives it; `connect` before the first call.
/// Checked: test/unit/gateway/http_api_test.cpp
class http_api final : public client_sink {
public:
  /// Runs a function inside the gateway's actor, in the order of the calls; not at once.
  using core_call = std::function<void(gateway_core&, context&)>;
  using poster = std::function<void(core_call)>;

  /// Runs a function after a while, on any thread; never after this object's end.
  using later = std::function<void(duration, std::function<void()>)>;

  /// `unix_s` tells the time of day; `seed` makes request ids: random in a process.
  http_api(http_api_options options, const text_registry& texts, std::uint64_t seed,
           std::function<std::int64_t()> unix_s);

  void connect(poster post, later after);

  /// Answers, at once or later, through `reply`.
  void handle(const api_call& call, std::shared_ptr<api_reply> reply);

  /// From now on /ready and /health say 503.
  void set_draining() { is_draining_ = true; }

  /// Answers in service; for status and tests.
  [[nodiscard]] std::size_t client_count() const;

  bool on_delta(client_id who, std::uint32_t choice, const choice_delta& what) override;
  void on_end(client_id who, std::uint32_t choice, finish_reason why,
              const token_usage& used) override;
  void on_error(client_id who, const error& why) override;

private:
  [[nodiscard]] bool is_authorized(const api_call& call) const;
  void chat(const api_call& call, const std::shared_ptr<api_reply>& reply);
  void complete(const api_call& call, const std::shared_ptr<api_reply>& reply);
  void embed(const api_call& call, const std::shared_ptr<api_reply>& reply);
  void models(api_reply& reply) const;
  void model(std::string_view id, api_reply& reply) const;
  void health(api_reply& reply, bool live_only) const;
  void listen(client_id who, api_reply& reply);
  void watch_window(client_id who);
  void ping_later();
  void ping();

  /// One request for text: `parse` reads the body, `shape` makes the format of its answer.
  template <class Parse, class Shape>
  void answer(const api_call& call, const std::shared_ptr<api_reply>& reply, const Parse& parse,
              const Shape& shape);
  template <class Request>
  [[nodiscard]] result<prepared> read(const result<Request>& request, header_list& headers) const;
  [[nodiscard]] std::shared_ptr<client_response> find(client_id who) const;
  void forget(client_id who);

  http_api_options options_;
  const text_registry& texts_;
  std::uint64_t seed_;
  std::function<std::int64_t()> unix_s_;
  poster post_;
  later after_;
  std::atomic<std::uint64_t> last_client_{0};
  std::atomic<bool> is_draining_{false};
  mutable std::mutex mutex_;
  std::map<client_id, std::shared_ptr<client_response>> clients_;
};

} // namespace troupe
