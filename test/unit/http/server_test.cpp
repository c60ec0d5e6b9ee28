// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/http/server.hpp"

#include "test/unit/http/raw_client.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

using namespace troupe;
using namespace troupe::http;

namespace {

// Lets a test wait for what a callback did.
class flag {
public:
  void raise() {
    const auto lock = std::lock_guard{mutex_};
    raised_ = true;
    changed_.notify_all();
  }

  bool wait() {
    auto lock = std::unique_lock{mutex_};
    return changed_.wait_for(lock, 5s, [this] { return raised_; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool raised_ = false;
};

void echo(request asked, response_stream answer) {
  (void)answer.send(200, {{"X-Path", asked.path}, {"X-Query", asked.query}}, asked.body);
}

struct fixture {
  void serve(server::handler with, std::size_t threads = 1) {
    auto started = server::start({.threads = threads, .bounds = bounds}, std::move(with));
    REQUIRE(started);
    running = *std::move(started);
  }

  raw_client connect(int receive_bytes = 0) { return raw_client{running->port(), receive_bytes}; }

  limits bounds{.body_bytes_max = 1000};
  std::unique_ptr<server> running;
};

const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

std::string post(std::string_view body) {
  return "POST /v1/x?y=1 HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size())
         + "\r\n\r\n" + std::string{body};
}

} // namespace

TEST_CASE_FIXTURE(fixture, "requests on one connection are answered one after the other") {
  serve(echo);
  auto client = connect();

  client.send(post("hello"));
  const auto first = client.until("hello");
  client.send(post("again"));
  const auto second = client.until("again");

  CHECK(first
        == "HTTP/1.1 200 OK\r\nX-Path: /v1/x\r\nX-Query: y=1\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(second.starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE_FIXTURE(fixture, "pipelined requests are answered in their order") {
  serve(echo, 2);
  auto client = connect();

  client.send(post("one") + post("two") + post("three"));

  CHECK(client.until("one").find("200 OK") != std::string::npos);
  CHECK(client.until("two").find("200 OK") != std::string::npos);
  CHECK(client.until("three").find("200 OK") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "HEAD gets the headers of GET and no body") {
  serve([](request, response_stream answer) { (void)answer.send(200, {}, "body"); });
  auto client = connect();

  client.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

  const auto text = client.rest();
  CHECK(text.find("Content-Length: 4\r\n") != std::string::npos);
  CHECK(text.ends_with("\r\n\r\n"));
}

TEST_CASE_FIXTURE(fixture, "HTTP/1.0 streams are ended by closing and are not chunked") {
  serve([](request, response_stream answer) {
    (void)answer.start(200, {});
    (void)answer.write("abc");
    (void)answer.finish();
  });
  auto client = connect();

  client.send("GET / HTTP/1.0\r\n\r\n");

  const auto text = client.rest();
  CHECK(client.closed());
  CHECK(text.ends_with("Connection: close\r\n\r\nabc"));
}

TEST_CASE_FIXTURE(fixture, "a stream written by another thread arrives in order and in chunks") {
  auto writer = std::jthread{};
  serve([&writer](request, response_stream answer) {
    (void)answer.start(200, {{"Content-Type", "text/event-stream"}});
    writer = std::jthread{[answer] {
      for (int i = 0; i < 1000; ++i) {
        while (!answer.write("data: " + std::to_string(i) + "\n\n")) {
          std::this_thread::yield();
        }
      }
      (void)answer.finish();
    }};
  });
  auto client = connect();

  client.send(get);
  const auto text = client.until("\r\n0\r\n\r\n");

  CHECK(text.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  auto at = std::size_t{0};
  for (int i = 0; i < 1000; ++i) {
    at = text.find("data: " + std::to_string(i) + "\n\n", at);
    REQUIRE(at != std::string::npos);
  }
  client.send(get);
  CHECK(client.until("\r\n0\r\n\r\n").find("data: 999") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "smuggling attempts get 400, a closed connection and no handler") {
  auto calls = std::atomic<int>{0};
  serve([&calls](request, response_stream answer) {
    ++calls;
    (void)answer.send(200, {}, "");
  });
  for (const auto* head :
       {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 0\r\nContent-Length: 0\r\n", "Transfer-Encoding: xchunked\r\n",
        "Content-Length: +1\r\n", "X: 1\r\n folded\r\n", "X : 1\r\n", "Host: b\r\n", "X: a\rb\r\n",
        "Content_Length: 1\r\n"}) {
    auto client = connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\n" + std::string{head} + "\r\n" + get);

    const auto text = client.rest();

    CAPTURE(head);
    CHECK(text.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(text.find("Connection: close\r\n") != std::string::npos);
    CHECK(text.find("HTTP/1.1 200") == std::string::npos);
    CHECK(client.closed());
  }
  CHECK(calls == 0);
}

TEST_CASE_FIXTURE(fixture, "a body over the limit gets 413 even while it is still being sent") {
  serve(echo);
  auto client = connect();

  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n"
              + std::string(2'000'000, 'x'));

  CHECK(client.rest().starts_with("HTTP/1.1 413 "));
}

TEST_CASE_FIXTURE(fixture, "a request that never completes gets 408") {
  bounds.head_timeout = 40ms;
  bounds.body_timeout = 40ms;
  serve(echo);
  auto slow_head = connect();
  auto slow_body = connect();

  slow_head.send("GET / HTTP/1.1\r\nHo");
  slow_body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");

  CHECK(slow_head.rest().starts_with("HTTP/1.1 408 "));
  CHECK(slow_body.rest().starts_with("HTTP/1.1 408 "));
}

TEST_CASE_FIXTURE(fixture, "an idle connection is closed without a word") {
  bounds.idle_timeout = 40ms;
  serve(echo);
  auto client = connect();

  CHECK(client.rest().empty());
  CHECK(client.closed());
}

TEST_CASE_FIXTURE(fixture, "the body is asked for when the client waits to be asked") {
  serve(echo);
  auto client = connect();

  client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(client.until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  CHECK(client.until("ok").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE_FIXTURE(fixture, "a client that leaves mid-stream is reported once, then writes fail") {
  auto closed = flag{};
  auto calls = std::atomic<int>{0};
  auto held = response_stream{};
  auto begun = flag{};
  serve([&](request, response_stream answer) {
    (void)answer.start(200, {});
    (void)answer.write("first");
    answer.on_closed([&] {
      ++calls;
      closed.raise();
    });
    held = answer;
    begun.raise();
  });
  auto client = connect();
  client.send(get);
  REQUIRE(begun.wait());
  client.until("first");

  client.close();

  REQUIRE(closed.wait());
  auto written = held.write("more");
  while (written) {
    std::this_thread::yield();
    written = held.write("more");
  }
  CHECK(written.err().code == errc::peer_gone);
  CHECK(calls == 1);
}

TEST_CASE_FIXTURE(fixture,
                  "shutting down the sending side counts as leaving, an answer still comes") {
  auto closed = flag{};
  auto held = response_stream{};
  auto begun = flag{};
  serve([&](request, response_stream answer) {
    answer.on_closed([&] { closed.raise(); });
    held = answer;
    begun.raise();
  });
  auto client = connect();
  client.send(get);
  REQUIRE(begun.wait());

  client.half_close();

  REQUIRE(closed.wait());
  CHECK(held.send(200, {}, "late"));
  CHECK(client.rest().ends_with("late"));
}

TEST_CASE_FIXTURE(fixture, "a reader that is too slow is told by overloaded and then cut off") {
  bounds.stream_bytes_max = 100'000;
  bounds.stall_timeout = 100ms;
  auto held = response_stream{};
  auto begun = flag{};
  auto closed = flag{};
  serve([&](request, response_stream answer) {
    (void)answer.start(200, {});
    answer.on_closed([&] { closed.raise(); });
    held = answer;
    begun.raise();
  });
  auto client = connect(4096);
  client.send(get);
  REQUIRE(begun.wait());

  auto written = held.write(std::string(10'000, 'x'));
  for (int i = 0; i < 10'000 && written; ++i) {
    written = held.write(std::string(10'000, 'x'));
  }

  CHECK(written.err().code == errc::overloaded);
  constexpr std::size_t framing_bytes_max = 16; // Of what is being sent.
  CHECK(held.queued_bytes() <= 100'000 + framing_bytes_max);
  CHECK(closed.wait());
}

TEST_CASE_FIXTURE(fixture, "an answer that nobody gives becomes 500") {
  serve([](request, response_stream) {});
  auto client = connect();

  client.send(get);

  CHECK(client.until("dropped\n").starts_with("HTTP/1.1 500 "));
}

TEST_CASE_FIXTURE(fixture, "a header that would break out of its line is refused") {
  auto code = std::atomic<errc>{errc::none};
  serve([&code](request, response_stream answer) {
    code = answer.send(200, {{"X", "a\r\nSet-Cookie: b"}}, "").err().code;
    (void)answer.send(200, {}, "fine");
  });
  auto client = connect();

  client.send(get);

  CHECK(client.until("fine").find("Set-Cookie") == std::string::npos);
  CHECK(code == errc::invalid_value);
}

TEST_CASE_FIXTURE(fixture, "a port in use is a typed error with a remedy") {
  serve(echo);

  const auto second = server::start({.port = running->port()}, echo);

  REQUIRE_FALSE(second);
  CHECK(second.err().code == errc::port_in_use);
  CHECK(second.err().text.find("choose another port") != std::string::npos);
  CHECK(server::start({.address = "nowhere"}, echo).err().code == errc::invalid_value);
}

TEST_CASE_FIXTURE(fixture, "connections beyond the limit are closed at once") {
  bounds.connections_max = 1;
  serve(echo);
  auto first = connect();
  first.send(get);
  first.until("\r\n\r\n");

  auto second = connect();

  second.rest();
  first.send(post("still"));
  CHECK(first.until("still").ends_with("still"));
}

TEST_CASE_FIXTURE(fixture, "stopping ends idle connections at once and lets an answer finish") {
  auto held = response_stream{};
  auto begun = flag{};
  serve([&](request, response_stream answer) {
    (void)answer.start(200, {});
    held = answer;
    begun.raise();
  });
  auto idle = connect();
  auto client = connect();
  client.send(get);
  REQUIRE(begun.wait());

  auto stopper = std::jthread{[this] {
    running->stop(5s);
  }};
  CHECK(idle.rest().empty());
  CHECK(held.write("tail"));
  CHECK(held.finish());
  stopper.join();

  CHECK(client.rest().ends_with("4\r\ntail\r\n0\r\n\r\n"));
  CHECK(running->connection_count() == 0);
  CHECK_THROWS(connect());
}

TEST_CASE_FIXTURE(fixture, "stopping tells the handler of a stream that outlasts the drain") {
  auto held = response_stream{};
  auto begun = flag{};
  auto broken = flag{};
  serve([&](request, response_stream answer) {
    (void)answer.start(200, {});
    answer.on_closed([&] { broken.raise(); });
    held = answer;
    begun.raise();
  });
  auto client = connect();
  client.send(get);
  REQUIRE(begun.wait());

  running->stop(10ms);

  CHECK(broken.wait());
  CHECK(held.write("x").err().code == errc::peer_gone);
}
