// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/host_port.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

result<host_port> read(const std::string& text) {
  return parse_host_port(text, "tcp://", "node.join");
}

} // namespace

TEST_CASE("hosts are read by name, by address, and with a scheme") {
  CHECK(*read("node-1.example.org:7700") == host_port{"node-1.example.org", 7700});
  CHECK(*read("10.0.0.7:1") == host_port{"10.0.0.7", 1});
  CHECK(*read("[fd00::1]:65535") == host_port{"fd00::1", 65535});
  CHECK(*read("tcp://localhost:7700") == host_port{"localhost", 7700});
  CHECK_FALSE(read("localhost:7700")->is_address());
  CHECK(read("[::1]:7700")->is_address());
  CHECK(read("127.0.0.1:7700")->is_address());
}

TEST_CASE("what cannot be a host and a port is refused with how to write it") {
  for (const auto* text : {"", ":", "host", "host:", ":7700", "host:0", "host:65536", "host:77x",
                           "host:-1", "a b:7700", "[::1]", "[::1:7700", "[host]:7700", "::1:7700",
                           "host/x:7700", "-x:7700", "tcp://:1", "ftp://x:1"}) {
    CAPTURE(text);
    const auto got = read(text);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.err().field == "node.join");
    CHECK(got.err().text.find("write HOST:PORT") != std::string::npos);
  }
  CHECK_FALSE(read(std::string(300, 'a') + ":7700").has_value());
}

TEST_CASE("what is written can be read again") {
  for (const auto* text : {"a.b:1", "10.0.0.7:7700", "[fd00::1]:7700"}) {
    CHECK(format_host_port(*read(text)) == text);
  }
}
