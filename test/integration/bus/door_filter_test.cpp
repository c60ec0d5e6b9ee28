// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/door_filter.hpp"

#include "runtime/bus/source_network.hpp"
#include "test/integration/bus/raw_peer.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace troupe;
using namespace troupe::test;

namespace {

/// A port of this host with the filter, which nobody accepts from; by IPv6 and by IPv4.
class port {
public:
  port() : descriptor_(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 at{};
    at.sin6_family = AF_INET6;
    at.sin6_addr = in6addr_any;
    socklen_t size = sizeof at;
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    const int both = 0;
    ::setsockopt(descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof both);
    REQUIRE(::bind(descriptor_, address, size) == 0);
    REQUIRE(::listen(descriptor_, 8) == 0);
    REQUIRE(::getsockname(descriptor_, address, &size) == 0);
    number_ = ntohs(at.sin6_port);
  }
  port(const port&) = delete;
  port& operator=(const port&) = delete;
  ~port() { ::close(descriptor_); }

  void bar(const std::vector<std::string>& addresses) const {
    std::vector<std::string> barred;
    for (const auto& each : addresses) {
      barred.push_back(source_network(each));
    }
    auto code = zmq_detail::door_filter(barred);
    const sock_fprog program{.len = static_cast<unsigned short>(code.size()),
                             .filter = code.data()};
    REQUIRE(::setsockopt(descriptor_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0);
  }
  [[nodiscard]] bool answers_v4(const char* from) const {
    return is_answered(from, "127.0.0.1", number_, 100);
  }
  [[nodiscard]] bool answers_v6() const { return is_answered("::1", "::1", number_, 100); }

private:
  int descriptor_;
  int number_ = 0;
};

} // namespace

TEST_CASE("the system answers whoever is not barred, by IPv4 and by IPv6") {
  const port there;
  there.bar({});
  CHECK(there.answers_v4("127.0.0.1"));
  CHECK(there.answers_v6());

  there.bar({"127.0.0.1", "10.0.0.1"});
  CHECK(!there.answers_v4("127.0.0.1"));
  CHECK(there.answers_v4("127.0.0.2"));
  CHECK(there.answers_v6());

  there.bar({"2001:db8::", "::1"});
  CHECK(there.answers_v4("127.0.0.1"));
  CHECK(!there.answers_v6());

  there.bar({"2001:db8::", "10.0.0.1", "localhost"});
  CHECK(there.answers_v4("127.0.0.1"));
  CHECK(there.answers_v6());
}

TEST_CASE("as many as an admission may bar fit into the filter") {
  const port there;
  std::vector<std::string> barred;
  for (int i = 0; i < 127; ++i) {
    barred.push_back("10.0.0." + std::to_string(i));
    barred.push_back("2001:db8:0:" + std::to_string(i) + "::1");
  }
  barred.emplace_back("127.0.0.3");
  there.bar(barred);
  CHECK(there.answers_v4("127.0.0.1"));
  CHECK(!there.answers_v4("127.0.0.3"));
  CHECK(there.answers_v6());
}
