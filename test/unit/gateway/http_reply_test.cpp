// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/http_reply.hpp"

#include "test/unit/gateway/core_rig.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

using namespace troupe;
using namespace troupe::test;

namespace {

/// A blocking client on loopback.
class raw_client {
public:
  explicit raw_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    TROUPE_CHECK(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  }
  ~raw_client() { close(); }

  void say(const std::string& text) {
    TROUPE_CHECK(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL)
                 == static_cast<ssize_t>(text.size()));
  }

  /// Reads until `mark` has come or the connection ends.
  std::string read_to(std::string_view mark) {
    std::string all;
    char chunk[4096];
    while (all.find(mark) == std::string::npos) {
      const auto got = ::recv(socket_, chunk, sizeof chunk, 0);
      if (got <= 0) {
        break;
      }
      all.append(chunk, static_cast<std::size_t>(got));
    }
    return all;
  }

  void close() {
    if (socket_ >= 0) {
      ::close(std::exchange(socket_, -1));
    }
  }

private:
  int socket_;
};

/// What was posted to the core, run by the test's thread.
class mailbox {
public:
  void post(http_api::core_call f) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(f));
    came_.notify_one();
  }

  http_api::core_call take() {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return !calls_.empty(); });
    auto f = std::move(calls_.front());
    calls_.pop_front();
    return f;
  }

private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<http_api::core_call> calls_;
};

std::string post_chat(const std::string& body) {
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: "
         + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct served {
  served()
      : api({}, texts, 5, [] { return std::int64_t{1}; }),
        core({}, gateway_ref, 1, api, texts, reader) {
    texts.publish({{"bytes", byte_model()}});
    api.connect([this](http_api::core_call f) { box.post(std::move(f)); },
                [](duration, const std::function<void()>&) {});
    auto started = serve_http(api, {.bounds = {.body_bytes_max = 4096}});
    TROUPE_CHECK(started.has_value());
    server = std::move(*started);
    members known{.epoch = 1, .full = true};
    known.added = {
        {.node = router_a.node, .services = {{.role = service_role::router, .actor = router_a}}}};
    say(actor(9, 1), known);
  }

  template <class M>
  void say(const actor_ref& from, M what) {
    out.clear();
    const delivery d{.from = from, .body = message::of(std::move(what))};
    context cx{.now = now, .out = out, .from = &d};
    dispatch(core, d, cx);
  }

  void run_one() {
    out.clear();
    context cx{.now = now, .out = out};
    box.take()(core, cx);
  }

  stream_start place_it() {
    run_one();
    const place asked = *out.sent<place>().at(0);
    say(router_a,
        placement{.stream = asked.stream, .attempt = asked.attempt, .decode = worker(worker_a)});
    return out.sent<generate>().at(0)->streams[0];
  }

  void make(const stream_start& which, std::string_view text, std::optional<stream_end> end = {}) {
    tokens batch;
    batch.entries.push_back({.stream = which.stream,
                             .attempt = which.attempt,
                             .tokens = as_tokens(text),
                             .end = std::move(end)});
    say(worker_a, batch);
  }

  time_point now = time_point{} + 1h;
  mailbox box;
  text_registry texts;
  outbox out;
  http_api api;
  manual_reader reader;
  gateway_core core;
  std::unique_ptr<http::server> server; ///< Ends first.
};

const std::string streamed =
    R"({"model":"bytes","stream":true,"messages":[{"role":"user","content":"hi"}]})";

} // namespace

TEST_CASE("a chat over loopback is streamed to its end, and the connection serves on") {
  served rig;
  raw_client client(rig.server->port());

  client.say(post_chat(streamed));
  rig.make(rig.place_it(), "hey", stream_end{});
  const auto answer = client.read_to("data: [DONE]");
  client.say("GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto models = client.read_to("]}");

  CHECK(answer.starts_with("HTTP/1.1 200"));
  CHECK(answer.find("text/event-stream") != std::string::npos);
  CHECK(answer.find(R"("content":"hey")") != std::string::npos);
  CHECK(models.find(R"("id":"bytes")") != std::string::npos);
}

TEST_CASE("a client that closes its connection in the middle cancels its stream") {
  served rig;
  raw_client client(rig.server->port());
  client.say(post_chat(streamed));
  const auto which = rig.place_it();
  rig.make(which, "h");
  static_cast<void>(client.read_to(R"("content":"h")"));

  client.close();
  rig.run_one();

  CHECK(rig.out.sent<cancel>().size() == 1);
  CHECK(rig.core.idle());
}

TEST_CASE("a bad body is answered over loopback without reaching the core") {
  served rig;
  raw_client client(rig.server->port());

  client.say(post_chat("{"));
  const auto answer = client.read_to("}}");

  CHECK(answer.starts_with("HTTP/1.1 400"));
  CHECK(answer.find(R"("code":"malformed")") != std::string::npos);
}

TEST_CASE("a body over the limit is refused in OpenAI's words") {
  served rig;
  raw_client client(rig.server->port());

  client.say(post_chat(std::string(5000, ' ')));
  const auto answer = client.read_to("}}");

  CHECK(answer.starts_with("HTTP/1.1 413"));
  CHECK(answer.find(R"("code":"body_too_large")") != std::string::npos);
  CHECK(answer.find("application/json") != std::string::npos);
}
