// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/system.hpp"

#include "runtime/process/descriptor.hpp"
#include "test/unit/process/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <set>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

using namespace troupe;
using namespace troupe::process;

TEST_CASE("resident memory and the executable's path are known") {
  CHECK(rss_bytes() > 1'000'000);
  CHECK(executable_path().ends_with("unit_process_test"));
  CHECK(environment().contains("PATH"));
}

TEST_CASE("random numbers differ") {
  auto seen = std::set<std::uint64_t>{};
  for (int i = 0; i < 100; ++i) {
    seen.insert(random_u64());
  }

  CHECK(seen.size() == 100);
}

TEST_CASE("the service manager receives what it is told") {
  const auto temporary = temporary_directory{};
  const auto path = temporary.file("notify");
  const auto manager = descriptor{::socket(AF_UNIX, SOCK_DGRAM, 0)};
  auto at = sockaddr_un{};
  at.sun_family = AF_UNIX;
  std::strncpy(at.sun_path, path.c_str(), sizeof at.sun_path - 1);
  REQUIRE(::bind(manager.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);

  CHECK(notify_service_manager(path, "READY=1"));

  auto buffer = std::array<char, 100>{};
  const auto count = ::recv(manager.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  CHECK(std::string_view{buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))}
        == "READY=1");
  CHECK(notify_service_manager("", "READY=1"));
  CHECK(notify_service_manager(temporary.file("none"), "X").err().code == errc::io_failed);
}

TEST_CASE("the limit of open files is raised as far as the system allows") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit low = before;
  low.rlim_cur = 64;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  const auto raised = raise_descriptor_limit();
  REQUIRE(raised);
  CHECK(*raised == before.rlim_max);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}
