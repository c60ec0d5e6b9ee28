// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/child_processes.hpp"

#include "runtime/process/files.hpp"
#include "test/unit/process/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <sys/wait.h>
#include <unistd.h>

using namespace troupe;
using namespace troupe::process;

namespace {

// Collects the end of one child.
class ending {
public:
  child_processes::on_exit callback() {
    return [this](child_exit how) {
      const auto lock = std::lock_guard{mutex_};
      how_ = how;
      ++count_;
      changed_.notify_all();
    };
  }

  child_exit wait() {
    auto lock = std::unique_lock{mutex_};
    changed_.wait_for(lock, std::chrono::seconds{5}, [this] { return count_ > 0; });
    CHECK(count_ == 1);
    return how_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  child_exit how_;
  int count_ = 0;
};

child_options shell(std::string script) {
  return {.argv = {"/bin/sh", "-c", std::move(script)}};
}

} // namespace

TEST_CASE("a child's exit code is reported with its pid") {
  auto how = ending{};
  auto children = child_processes{};

  const auto pid = children.spawn(shell("exit 7"), how.callback());

  REQUIRE(pid);
  const auto seen = how.wait();
  CHECK(seen.pid == *pid);
  CHECK(seen.code == 7);
  CHECK(seen.signal == 0);
  CHECK(children.running_count() == 0);
}

TEST_CASE("a signal ends a child and its own children, and is reported") {
  auto how = ending{};
  auto children = child_processes{};
  const auto pid = children.spawn(shell("sleep 100 & wait"), how.callback());
  REQUIRE(pid);

  CHECK(children.signal(*pid, SIGTERM));

  CHECK(how.wait().signal == SIGTERM);
  CHECK(children.signal(*pid, SIGTERM).err().code == errc::not_found);
}

TEST_CASE("a child gets its environment, directory and output file and nothing else") {
  const auto temporary = temporary_directory{};
  auto how = ending{};
  auto children = child_processes{};
  auto what = shell("echo $A $HOME; pwd; echo oops >&2; ls /proc/self/fd | wc -l");
  what.environment = {{"A", "b c"}, {"PATH", "/bin:/usr/bin"}};
  what.directory = "/";
  what.output = temporary.file("out");

  REQUIRE(children.spawn(what, how.callback()));
  how.wait();

  CHECK(*read_file(what.output, 1000) == "b c\n/\noops\n4\n");
}

TEST_CASE("a program that cannot start is an error that says why") {
  auto children = child_processes{};

  const auto missing = children.spawn({.argv = {"/no/such/program"}}, nullptr);
  CHECK(missing.err().code == errc::io_failed);
  CHECK(missing.err().field == "/no/such/program");
  auto nowhere = shell("exit 0");
  nowhere.directory = "/no/such/directory";
  CHECK(children.spawn(nowhere, nullptr).err().field == "/no/such/directory");
  CHECK(children.spawn({.argv = {"sh"}}, nullptr).err().code == errc::invalid_value);
  CHECK(children.spawn({}, nullptr).err().code == errc::invalid_value);
  CHECK(children.running_count() == 0);
}

TEST_CASE("children end with their owner") {
  auto pid = pid_t{};
  {
    auto children = child_processes{};
    pid = *children.spawn(shell("sleep 100"), nullptr);
    CHECK(::kill(pid, 0) == 0);
  }

  CHECK(::kill(pid, 0) == -1);
}

TEST_CASE("many children are all reaped") {
  auto children = child_processes{};
  auto ends = std::array<ending, 20>{};
  for (auto& how : ends) {
    REQUIRE(children.spawn(shell("exit 3"), how.callback()));
  }

  for (auto& how : ends) {
    CHECK(how.wait().code == 3);
  }
}

TEST_CASE("a daemon leads a process group of its own, in our session") {
  const auto pid = spawn_daemon(shell("exec sleep 100"));

  REQUIRE(pid);
  CHECK(::getpgid(*pid) == *pid);
  CHECK(::getsid(*pid) == ::getsid(0));
  ::kill(*pid, SIGKILL);
  CHECK(::waitpid(*pid, nullptr, 0) == *pid);
}
