// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/http/client.hpp"

#include "runtime/http/server.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace troupe;
using namespace troupe::http;

namespace {

// Answers by path, so that each case says what it needs.
void serve(request asked, response_stream answer) {
  if (asked.path == "/echo") {
    (void)answer.send(200, {}, asked.method + " " + asked.body);
  } else if (asked.path == "/key") {
    (void)answer.send(200, {}, std::string{asked.header("authorization")});
  } else if (asked.path == "/stream") {
    (void)answer.start(200, {{"Content-Type", "text/event-stream"}});
    (void)answer.write("data: 1\n\n");
    (void)answer.write("data: 2\n\n");
    (void)answer.finish();
  } else if (asked.path == "/broken") {
    (void)answer.start(200, {});
    (void)answer.write("half");
  } else {
    (void)answer.send(404, {}, "no such thing");
  }
}

struct fixture {
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(running->port()) + path;
  }

  std::unique_ptr<server> running = *server::start({}, serve);
};

} // namespace

TEST_CASE_FIXTURE(fixture, "get and post return status and body") {
  CHECK(get(url("/echo"))->body == "GET ");
  CHECK(post(url("/echo"), "{}")->body == "POST {}");
  CHECK(get(url("/none"))->status == 404);
  CHECK(get(url("/none"))->body == "no such thing");
}

TEST_CASE_FIXTURE(fixture, "a bearer key is sent") {
  CHECK(get(url("/key"), {.bearer = "sk-1"})->body == "Bearer sk-1");
}

TEST_CASE_FIXTURE(fixture, "a stream is handed over as it comes, an error's body is kept") {
  auto seen = std::string{};
  const auto take = [&seen](std::string_view data) {
    seen += data;
    return true;
  };

  CHECK(post_stream(url("/stream"), "{}", take)->status == 200);
  CHECK(seen == "data: 1\n\ndata: 2\n\n");
  CHECK(post_stream(url("/none"), "{}", take)->body == "no such thing");
}

TEST_CASE_FIXTURE(fixture, "failures of the network are typed") {
  const auto gone = url("/echo");
  CHECK(get(url("/broken")).err().code == errc::peer_gone);
  CHECK(get(url("/echo"), {.body_bytes_max = 1}).err().code == errc::too_large);
  running->stop(0s);
  CHECK(get(gone).err().code == errc::peer_gone);
  CHECK(get("no url at all").err().code == errc::invalid_value);
}

TEST_CASE("a server that does not answer in time is a timeout") {
  auto held = response_stream{};
  const auto silent =
      *server::start({}, [&held](request, response_stream answer) { held = std::move(answer); });

  const auto asked =
      get("http://127.0.0.1:" + std::to_string(silent->port()) + "/", {.timeout = 50ms});

  CHECK(asked.err().code == errc::timeout);
}
