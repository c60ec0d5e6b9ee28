// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/http_api.hpp"
#include "runtime/json/read.hpp"
#include "test/unit/gateway/core_rig.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// The HTTP side of a gateway without sockets.
namespace troupe::test {

struct fake_reply : api_reply {
  void send(int with, header_list fields, std::string text) override {
    ++ends;
    keep(with, std::move(fields));
    body = std::move(text);
  }
  void open(int with, header_list fields) override { keep(with, std::move(fields)); }
  std::size_t write(std::string bytes) override {
    body += bytes;
    return waiting;
  }
  void close() override { ++ends; }
  void on_gone(std::function<void()> f) override { gone = std::move(f); }
  std::size_t waiting_bytes() const override { return waiting; }

  void keep(int with, header_list fields) {
    status = with;
    for (auto& [name, value] : fields) {
      headers[name] = value;
    }
  }

  int status = 0;
  int ends = 0;
  std::map<std::string, std::string> headers;
  std::string body;
  std::size_t waiting = 0;
  std::function<void()> gone;
};

/// The API with a real core behind it, and a model called "bytes".
struct api_rig {
  explicit api_rig(http_api_options options = {})
      : api(std::move(options), texts, 5, [] { return std::int64_t{1000}; }),
        core({}, gateway_ref, 1, api, texts, reader) {
    texts.publish({{"bytes", byte_model()}});
    api.connect(
        [this](http_api::core_call f) { posted.push_back(std::move(f)); },
        [this](duration by, std::function<void()> f) { timed.emplace_back(by, std::move(f)); });
    members known{.epoch = 1, .full = true};
    known.added = {
        {.node = router_a.node, .services = {{.role = service_role::router, .actor = router_a}}}};
    say(actor(9, 1), known);
  }

  std::shared_ptr<fake_reply> ask(std::string_view method, std::string_view target,
                                  std::string_view body = "",
                                  std::map<std::string, std::string, std::less<>> headers = {}) {
    auto reply = std::make_shared<fake_reply>();
    api.handle({.method = method,
                .target = target,
                .header = [&headers](std::string_view name) -> std::string_view {
                  const auto found = headers.find(name);
                  return found == headers.end() ? std::string_view() : found->second;
                },
                .body = body},
               reply);
    return reply;
  }

  std::shared_ptr<fake_reply> chat(const std::string& more = "") {
    return ask("POST", "/v1/chat/completions",
               R"({"model":"bytes","messages":[{"role":"user","content":"hi"}])" + more + "}");
  }

  std::shared_ptr<fake_reply> complete(const std::string& prompt, const std::string& more = "") {
    return ask("POST", "/v1/completions", R"({"model":"bytes","prompt":)" + prompt + more + "}");
  }

  /// Runs what was to run after `by`, and what that posts.
  void let_pass(duration by) {
    for (auto due = std::exchange(timed, {}); auto& [when, f] : due) {
      if (when == by) {
        f();
      } else {
        timed.emplace_back(when, std::move(f));
      }
    }
    run_posted();
  }

  void run_posted() {
    out.clear();
    for (; !posted.empty(); posted.pop_front()) {
      context cx{.now = now, .out = out};
      posted.front()(core, cx);
      core.check_invariants();
    }
  }

  template <class M>
  void say(const actor_ref& from, M what) {
    out.clear();
    const delivery d{.from = from, .body = message::of(std::move(what))};
    context cx{.now = now, .out = out, .from = &d};
    dispatch(core, d, cx);
  }

  /// Runs what was posted and has the stream at a worker.
  stream_start place_it() { return place_all().at(0).streams.at(0); }

  /// The same with all streams of a request: their orders.
  std::vector<generate> place_all() {
    run_posted();
    std::vector<place> asked;
    for (const auto* each : out.sent<place>()) {
      asked.push_back(*each);
    }
    std::vector<generate> orders;
    for (const auto& each : asked) {
      say(router_a,
          placement{.stream = each.stream, .attempt = each.attempt, .decode = worker(worker_a)});
      orders.push_back(*out.sent<generate>().at(0));
    }
    return orders;
  }

  void make(const stream_start& which, std::uint32_t first_index, std::string_view text,
            std::optional<stream_end> end = {}) {
    tokens batch;
    batch.entries.push_back({.stream = which.stream,
                             .attempt = which.attempt,
                             .first_index = first_index,
                             .tokens = as_tokens(text),
                             .end = std::move(end)});
    say(worker_a, batch);
  }

  time_point now = time_point{} + 1h;
  text_registry texts;
  outbox out;
  std::deque<http_api::core_call> posted;
  std::vector<std::pair<duration, std::function<void()>>> timed;
  http_api api;
  manual_reader reader;
  gateway_core core;
};

inline std::string code_of(const fake_reply& reply) {
  const auto body = json::parse(reply.body);
  TROUPE_CHECK(body.has_value());
  return *body->find("error")->find("code")->as_string();
}

inline std::string param_of(const fake_reply& reply) {
  const auto body = json::parse(reply.body);
  TROUPE_CHECK(body.has_value());
  const auto* param = body->find("error")->find("param");
  return param->as_string() != nullptr ? *param->as_string() : "";
}

} // namespace troupe::test
