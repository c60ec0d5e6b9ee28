// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/node/node_core.hpp"
#include "messages/vocab/error_codes.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

#include <csignal>

using namespace troupe;
using namespace troupe::test;

namespace {

class fake_launcher final : public launcher {
public:
  result<std::int64_t> start(const std::string&, const slot_config&) override {
    if (fails) {
      return error{.code = errc::io_failed, .text = "no such program"};
    }
    ++starts;
    return 100 + starts;
  }
  void stop(std::int64_t pid) override { stopped.push_back(pid); }
  void kill(std::int64_t) override {}

  bool fails = false;
  int starts = 0;
  std::vector<std::int64_t> stopped;
};

const actor_ref owner = ref_of(5);

struct fixture {
  fake_launcher launch;
  core_driver<node_core> node{node_config{}, ref_of(1).node, launch};

  void ask(bool monitor, bool link, const std::string& slot = "tmp") {
    node.ask(owner,
             spawn{.slot = slot, .want = {.roles = "cache"}, .monitor = monitor, .link = link});
  }
  void join(std::int64_t pid) {
    node.deliver(
        ref_of(9),
        members{.added = {{.node = ref_of(30).node,
                           .name = "tmp",
                           .services = {{.role = service_role::cache_shard, .actor = ref_of(30)}},
                           .pid = pid}}});
  }
  void end(const process_end& how) {
    node.event([&](context& cx) { node->on_exit(101, how, cx); });
  }
  /// The error of the last response.
  [[nodiscard]] error refusal() const { return node.sends().back().why; }
};

} // namespace

TEST_CASE("a spawn is answered with the actors of the process once it is a member") {
  fixture f;
  f.ask(true, false);
  CHECK(f.launch.starts == 1);
  CHECK(f.node.watches(owner));

  f.join(999); // Somebody else of that name.
  CHECK(f.node.sent<spawn_done>().empty());
  f.join(101);
  f.join(101);

  REQUIRE(f.node.sent<spawn_done>(owner).size() == 1);
  const auto& done = *f.node.sent<spawn_done>()[0];
  CHECK(done.node == ref_of(30).node);
  CHECK(done.services.at(0).actor == ref_of(30));
}

TEST_CASE("who monitors a spawned process is told of its end once, and it is not started again") {
  fixture f;
  f.ask(true, false);
  f.join(101);

  f.end({.how = "killed by signal 11", .signal = SIGSEGV});
  f.node.advance(24h);

  REQUIRE(f.node.sent<spawn_ended>(owner).size() == 1);
  CHECK(f.node.sent<spawn_ended>()[0]->died);
  CHECK(f.node.sent<spawn_ended>()[0]->how == "killed by signal 11");
  CHECK(f.launch.starts == 1);
  CHECK_FALSE(f.node.watches(owner));
  CHECK((*f.node).stats().empty());
  f.ask(false, false); // Its name is free again.
  CHECK(f.launch.starts == 2);
}

TEST_CASE("a process that ends before it is a member answers its spawn with the reason") {
  fixture f;
  f.ask(false, false);

  f.end({.how = "exit code 2", .code = 2});

  CHECK(f.refusal().code == errc::peer_gone);
  CHECK(f.refusal().text.find("exit code 2") != std::string::npos);
  CHECK(f.node.sent<spawn_ended>().empty());
}

TEST_CASE("a linked process ends with its owner, another goes on") {
  fixture f;
  f.ask(false, true);
  f.join(101);
  f.node.ask(ref_of(6), spawn{.slot = "free", .want = {.roles = "cache"}});

  f.node.down(owner);
  f.node.down(ref_of(6));

  CHECK(f.launch.stopped == std::vector<std::int64_t>{101});
  f.end({.how = "exit code 0"});
  CHECK((*f.node).stats().size() == 1);
}

TEST_CASE("a spawn that cannot be is refused with the field, and nothing is left of it") {
  fixture f;
  f.ask(false, false);
  f.ask(false, false);
  CHECK(f.refusal().field == "slot");
  f.node.ask(owner, spawn{.slot = "x"});
  CHECK(f.refusal().field == "want");
  f.launch.fails = true;
  f.ask(false, false, "y");
  CHECK(f.refusal().code == errc::io_failed);
  CHECK((*f.node).stats().size() == 1);
}
