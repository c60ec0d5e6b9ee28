// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/name_resolver.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <future>

using namespace troupe;
using process::name_resolver;

TEST_CASE("the system knows localhost, and says why it does not know another name") {
  const auto here = process::look_up("localhost");
  REQUIRE(here.has_value());
  CHECK(std::ranges::any_of(*here,
                            [](const std::string& a) { return a == "127.0.0.1" || a == "::1"; }));

  const auto nowhere = process::look_up("no-such-host.invalid");

  REQUIRE_FALSE(nowhere.has_value());
  CHECK(nowhere.err().text.find("no-such-host.invalid") != std::string::npos);
}

TEST_CASE("names are looked up elsewhere, each once") {
  std::promise<void> go;
  std::promise<int> done;
  int lookups = 0;
  name_resolver names([&, wait = go.get_future().share()](const std::string& host) {
    wait.wait();
    ++lookups;
    return name_resolver::addresses(std::vector<std::string>{"10.0.0." + host});
  });
  names.listen([&](const std::string& host, const name_resolver::addresses& found) {
    CHECK(found->at(0) == "10.0.0." + host);
    if (host == "2") {
      done.set_value(lookups);
    }
  });

  CHECK(names.ask("1"));
  CHECK(names.ask("1"));
  CHECK(names.ask("2"));
  go.set_value();

  CHECK(done.get_future().get() == 2);
}

TEST_CASE("too many names are refused") {
  std::promise<void> go;
  name_resolver names([wait = go.get_future().share()](const std::string&) {
    wait.wait();
    return name_resolver::addresses(std::vector<std::string>{});
  });
  names.listen([](const std::string&, const name_resolver::addresses&) {});

  bool is_full = false;
  for (std::size_t i = 0; i <= name_resolver::names_max; ++i) {
    is_full = !names.ask("host-" + std::to_string(i));
  }

  CHECK(is_full);
  go.set_value();
}

TEST_CASE("the end of a resolver does not wait for a lookup, whose answer is dropped") {
  struct shared {
    std::promise<void> begun;
    std::promise<void> go;
    std::promise<void> ended;
  };
  const auto common = std::make_shared<shared>();
  bool is_told = false;
  {
    name_resolver names([common](const std::string&) {
      common->begun.set_value();
      common->go.get_future().wait();
      common->ended.set_value();
      return name_resolver::addresses(std::vector<std::string>{});
    });
    names.listen([&](const std::string&, const name_resolver::addresses&) { is_told = true; });
    names.ask("slow");
    common->begun.get_future().wait();
  }

  common->go.set_value();
  common->ended.get_future().wait();

  CHECK_FALSE(is_told);
}
