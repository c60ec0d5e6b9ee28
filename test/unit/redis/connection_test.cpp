// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/redis/connection.hpp"

#include "test/unit/redis/fake_redis.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::redis;
using troupe::test::fake_redis;

namespace {

/// The greeting is answered, everything after it as given.
std::string after_greeting(const std::string& heard, const std::string& answer) {
  return heard.find("SELECT") != std::string::npos ? "+OK\r\n" : answer;
}

result<std::vector<reply>> ask(const std::string& answer, duration patience = 5s) {
  fake_redis server([&](const std::string& heard) { return after_greeting(heard, answer); });
  REQUIRE(server.ok());
  auto link = connection::open(server.where(), {}, machine_clock(), 5s);
  REQUIRE(link.has_value());
  return link->run({{"PING"}}, machine_clock().now() + patience);
}

} // namespace

TEST_CASE("replies of every kind are read") {
  const auto got = ask("*4\r\n$2\r\nhi\r\n:-7\r\n-ERR no\r\n$-1\r\n");

  REQUIRE(got.has_value());
  const auto& items = got->at(0).items;
  REQUIRE(items.size() == 4);
  CHECK(items[0].text == "hi");
  CHECK(items[1].integer == -7);
  CHECK(items[2].what == reply::kind::failure);
  CHECK(items[3].what == reply::kind::nothing);
}

TEST_CASE("a server that is silent costs the deadline and no more") {
  const auto begin = machine_clock().now();

  const auto got = ask("", 100ms);

  REQUIRE_FALSE(got.has_value());
  CHECK(got.err().code == errc::timeout);
  CHECK(machine_clock().now() - begin < 3s);
}

TEST_CASE("what is no Redis server is found out") {
  for (const auto* answer :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "*1000000000\r\n", "$999999999\r\n", "\r\n",
        "+OK\r\n+OK\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"}) {
    CAPTURE(answer);
    const auto got = ask(answer);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.err().code == errc::malformed);
  }
}

TEST_CASE("a server that closes, or is not there, is gone") {
  CHECK(ask("bye").err().code == errc::peer_gone);

  fake_redis server([](const std::string&) { return std::string("bye"); });
  CHECK_FALSE(connection::open(server.where(), {}, machine_clock(), 1s).has_value());
  const auto nobody = connection::open({.where = {"127.0.0.1", 1}}, {}, machine_clock(), 1s);
  REQUIRE_FALSE(nobody.has_value());
  CHECK(nobody.err().code == errc::peer_gone);
}

TEST_CASE("a refused login is an error that says so, without the password") {
  fake_redis server([](const std::string&) { return std::string("-WRONGPASS no\r\n+OK\r\n"); });
  auto to = server.where();
  to.password = "hidden";

  const auto got = connection::open(to, {}, machine_clock(), 5s);

  REQUIRE_FALSE(got.has_value());
  CHECK(got.err().code == errc::invalid_value);
  CHECK(got.err().text.find("WRONGPASS") != std::string::npos);
  CHECK(got.err().text.find("hidden") == std::string::npos);
}
