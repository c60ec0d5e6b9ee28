// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/agent_process.hpp"

#include "runtime/process/files.hpp"
#include "test/unit/process/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace troupe;

namespace {

const command_context context{.environment = {{"PATH", "/usr/bin:/bin"}}};

result<void> nothing() {
  return {};
}

std::vector<std::string> shell(const std::string& script) {
  return {"/bin/sh", "-c", script};
}

} // namespace

TEST_CASE("an agent runs while its process does and it holds its directory") {
  const process::temporary_directory temporary;
  const auto run_dir = temporary.file("run");
  REQUIRE(process::make_private_directory(run_dir));
  CHECK(find_agent_in(run_dir).err().code == errc::peer_gone);

  REQUIRE(write_agent_file(
      run_dir,
      {.pid = ::getpid(), .admin_port = 7780, .bus_endpoint = "tcp://h:1#K", .name = "a"}));
  {
    const auto held = hold_run_directory(run_dir);
    REQUIRE(held);
    const auto found = find_agent_in(run_dir);
    REQUIRE(found);
    CHECK(found->pid == ::getpid());
    CHECK(found->admin_port == 7780);
    CHECK(found->bus_endpoint == "tcp://h:1#K");
    CHECK(found->name == "a");
    CHECK(hold_run_directory(run_dir));
  }
  CHECK_FALSE(find_agent_in(run_dir).has_value());
}

TEST_CASE("an agent is started once, and of one name") {
  const process::temporary_directory temporary;
  const auto run_dir = temporary.file("run");
  const auto script = "echo $$ 1 tcp://h:1 a >'" + run_dir + "/agent.pid'; exec sleep 100";
  int prepared = 0;
  const auto prepare = [&prepared]() -> result<void> {
    ++prepared;
    return {};
  };

  const auto first = start_agent(context, run_dir, "a", prepare, shell(script));
  const auto again = start_agent(context, run_dir, "a", prepare, shell("exit 1"));
  const auto other = start_agent(context, run_dir, "b", prepare, shell("exit 1"));

  REQUIRE(first);
  CHECK(first->is_new);
  REQUIRE(again);
  CHECK_FALSE(again->is_new);
  CHECK(again->of.pid == first->of.pid);
  CHECK(other.err().code == errc::invalid_value);
  CHECK(other.err().text.find("'directory'") != std::string::npos);
  CHECK(prepared == 1);
  ::kill(first->of.pid, SIGKILL);
  ::waitpid(first->of.pid, nullptr, 0);
}

TEST_CASE("an agent that ends at its start is an error with its last words") {
  const process::temporary_directory temporary;
  const auto run_dir = temporary.file("run");

  const auto started =
      start_agent(context, run_dir, "a", nothing, shell("echo 'error: no port' >&2; exit 1"));

  CHECK(started.err().code == errc::io_failed);
  CHECK(started.err().text.find("error: no port") != std::string::npos);
}
