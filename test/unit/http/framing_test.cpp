// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/http/framing.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace troupe::http;

namespace {

using state = framing::state;

struct outcome {
  state end = state::head;
  int status = 0;
  std::string body;
  std::size_t used = 0;

  friend bool operator==(const outcome&, const outcome&) = default;
};

// Feeds `text` in two parts cut at `cut`.
outcome read(std::string_view text, std::size_t cut = std::string_view::npos, limits bounds = {}) {
  auto reader = framing{bounds};
  auto out = outcome{};
  for (const auto end : {std::min(cut, text.size()), text.size()}) {
    for (std::size_t used = 1; used > 0 || reader.now() == state::body;) {
      const auto before = reader.now();
      used = reader.feed(text.substr(out.used, end - out.used));
      out.used += used;
      if (used == 0 && reader.now() == before) {
        break;
      }
    }
  }
  out.end = reader.now();
  out.status = reader.now() == state::refused ? reader.why().status : 0;
  out.body = reader.body();
  return out;
}

std::string with(std::string_view headers, std::string_view body = {}) {
  return "POST /v1 HTTP/1.1\r\nHost: a\r\n" + std::string{headers} + "\r\n" + std::string{body};
}

std::string chunked(std::string_view body) {
  return with("Transfer-Encoding: chunked\r\n", body);
}

} // namespace

TEST_CASE("a request ends after its body, and what follows is left alone") {
  const auto text = with("Content-Length: 5\r\n", "helloGET / HTTP/1.1\r\n");

  const auto out = read(text);

  CHECK(out.end == state::complete);
  CHECK(out.body == "hello");
  CHECK(text.substr(out.used) == "GET / HTTP/1.1\r\n");
}

TEST_CASE("a request without framing headers has no body") {
  const auto out = read("GET / HTTP/1.1\r\nHost: a\r\n\r\nxyz");

  CHECK(out.end == state::complete);
  CHECK(out.body.empty());
}

TEST_CASE("chunks are joined and trailers dropped") {
  const auto out = read(chunked("5\r\nhello\r\n00A\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\nnext"));

  CHECK(out.end == state::complete);
  CHECK(out.body == "hello0123456789");
}

TEST_CASE("what makes two readers disagree about a request's end is refused with 400") {
  const auto bad = std::vector<std::string>{
      with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"),
      with("Transfer-Encoding: gzip, chunked\r\n"),
      with("Transfer-Encoding: identity\r\n"),
      with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
      with("Transfer-Encoding: \x0b"
           "chunked\r\n"),
      with("Transfer-Encoding: chunked;q=1\r\n"),
      with("Transfer-Encoding:\r\n"),
      "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      with("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
      with("Content-Length: 3, 3\r\n", "abc"),
      with("Content-Length: +3\r\n", "abc"),
      with("Content-Length: -3\r\n", "abc"),
      with("Content-Length: 0x3\r\n", "abc"),
      with("Content-Length: 3 3\r\n", "abc"),
      with("Content-Length: 1_0\r\n", "abc"),
      with("Content-Length:\r\n"),
      with("Content-Length: 99999999999999999999\r\n"),
      with("Content_Length: 3\r\n", "abc"),
      with("Transfer_Encoding: chunked\r\n"),
      with("Content-Length : 3\r\n", "abc"),
      with(" Content-Length: 3\r\n", "abc"),
      with("X: 1\r\n folded\r\n"),
      with("X: 1\r\n\tfolded\r\n"),
      with("X: a\rb\r\n"),
      with(std::string("X: a\0b\r\n", 8)),
      with("X: 1\nY: 2\r\n"),
      with("X\r\n"),
      with(": 1\r\n"),
      with("X Y: 1\r\n"),
      with("X\x80: 1\r\n"),
      with("Host: a\r\n"),
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n",
      "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\nHost: a\n\n",
      "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
      " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / http/1.1\r\nHost: a\r\n\r\n",
      "GET /\r\nHost: a\r\n\r\n",
      "GET /#f HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
      "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
      "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
      "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
  };
  for (const auto& text : bad) {
    CAPTURE(text);
    CHECK(read(text).status == 400);
  }
}

TEST_CASE("chunks that another reader may end elsewhere are refused with 400") {
  for (const auto* body :
       {"5;a=b\r\nhello\r\n", "5 \r\nhello\r\n", " 5\r\nhello\r\n", "+5\r\nhello\r\n",
        "-5\r\nhello\r\n", "0x5\r\nhello\r\n", "1_0\r\n", "\r\n", "g\r\n", "5\nhello\r\n",
        "5\r\nhelloX\r\n", "5\r\nhello\n", "5\r\nhello0\r\n\r\n", "11111111111111111\r\n",
        "0\r\n X: 1\r\n\r\n", "0\r\nX : 1\r\n\r\n", "0\r\nX\r\n\r\n", "0\r\nX: 1\n\r\n"}) {
    CAPTURE(body);
    CHECK(read(chunked(body)).status == 400);
  }
}

TEST_CASE("limits answer with the status that names them") {
  const auto bounds = limits{.line_bytes_max = 100,
                             .head_bytes_max = 300,
                             .headers_max = 4,
                             .body_bytes_max = 10,
                             .trailer_bytes_max = 20};
  const auto status = [&](const std::string& text) {
    return read(text, 0, bounds).status;
  };

  CHECK(status("GET /" + std::string(100, 'a')) == 414);
  CHECK(status(with("X: " + std::string(100, 'a'))) == 431);
  CHECK(status(with("a: 1\r\nb: 1\r\nc: 1\r\nd: 1\r\n")) == 431);
  CHECK(status(with("a: " + std::string(90, 'x') + "\r\nb: " + std::string(90, 'x')
                    + "\r\nc: " + std::string(90, 'x') + "\r\n"))
        == 431);
  CHECK(status(with("Content-Length: 11\r\n")) == 413);
  CHECK(status(chunked("6\r\nabcdef\r\n5\r\n")) == 413);
  CHECK(status(chunked("ffffffffffffffff\r\n")) == 413);
  CHECK(status(chunked("0\r\nX: " + std::string(30, 'a'))) == 400);
  CHECK(status(chunked("0\r\nX: aaaaa\r\nY: aaaaa\r\nZ: aaaaa\r\n\r\n")) == 400);
  CHECK(status(with("Content-Length: 10\r\n", "0123456789")) == 0);
}

TEST_CASE("other versions and expectations have their own status") {
  CHECK(read("GET / HTTP/2.0\r\n").status == 505);
  CHECK(read(with("Expect: 200-ok\r\n")).status == 417);
}

TEST_CASE("keep-alive, continue and target come from the head") {
  const auto head_of = [](std::string_view text) {
    static const limits bounds;
    auto reader = framing{bounds};
    reader.feed(text);
    REQUIRE(reader.now() == state::body);
    return reader;
  };

  CHECK(head_of(with("")).keep_alive());
  CHECK_FALSE(head_of(with("Connection: TE, Close\r\n")).keep_alive());
  CHECK_FALSE(head_of("GET / HTTP/1.0\r\n\r\n").keep_alive());
  CHECK(head_of("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive());
  CHECK(head_of(with("Expect: 100-Continue\r\nContent-Length: 1\r\n")).expects_continue());
  CHECK(head_of("GET http://A?x=1 HTTP/1.1\r\nHost: a\r\n\r\n").target() == "/?x=1");
  CHECK(head_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").target() == "*");
}

TEST_CASE("where the network cuts a request makes no difference") {
  for (const auto& text :
       {with("Content-Length: 5\r\nX: y\r\n", "hello"),
        chunked("5\r\nhello\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n"), chunked("5\r\nhelloX\r\n"),
        with("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
        std::string{"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2"}}) {
    const auto whole = read(text);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      CAPTURE(cut);
      CHECK(read(text, cut).end == whole.end);
      CHECK(read(text, cut).status == whole.status);
      CHECK(read(text, cut).body == whole.body);
    }
  }
}
