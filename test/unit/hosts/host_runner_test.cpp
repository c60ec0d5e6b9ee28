// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/hosts/host_runner.hpp"

#include "apps/troupe/version.hpp"
#include "runtime/process/files.hpp"
#include "test/unit/process/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>

using namespace troupe;

namespace {

/// Programs that stand for ssh: they get its arguments, and do without a network.
class stand_in {
public:
  explicit stand_in(const std::string& script) {
    REQUIRE(process::write_file_atomic(path(), "#!/bin/sh\n" + script, 0700));
  }
  [[nodiscard]] std::string path() const { return temporary_.file("ssh"); }
  [[nodiscard]] std::string log() const { return temporary_.file("log"); }
  [[nodiscard]] std::string said() const { return *process::read_file(log(), 10'000); }
  [[nodiscard]] host_runner runner_of() const {
    return {path(), {{"PATH", "/usr/bin:/bin"}, {"LOG", log()}}};
  }

private:
  process::temporary_directory temporary_;
};

cluster_file two_hosts() {
  const auto file =
      parse_cluster_file("name: pair\n"
                         "hosts:\n"
                         "  - {name: b, ssh: b, listen: \"127.0.0.1:1\", troupe: /b/troupe, nodes: "
                         "[{name: x, role: cache}]}\n"
                         "  - {name: c, ssh: c, listen: \"127.0.0.1:2\", troupe: /c/troupe, nodes: "
                         "[{name: y, role: cache}]}\n",
                         "c.yaml");
  REQUIRE(file);
  return *file;
}

std::vector<host_plan> plans_of(const cluster_file& file) {
  std::vector<host_plan> out;
  for (const auto& host : file.hosts) {
    out.emplace_back(file, host, "/here/troupe");
  }
  return out;
}

// The last argument is the command, the one before it the target.
const std::string arguments = "for word; do target=$command; command=$word; done\n"
                              "echo \"$target: $command\" >>\"$LOG\"\n";

} // namespace

TEST_CASE("a host is asked for its version, then gets its files and starts its agent") {
  const stand_in ssh(arguments + "case \"$command\" in *--version) echo '" + version_line()
                     + "';; *) cat >>\"$LOG\"; echo >>\"$LOG\";; esac\n");
  auto file = two_hosts();
  file.hosts.pop_back();

  auto runner = ssh.runner_of();
  const auto done =
      runner.start(plans_of(file), {{.cluster_file = "the slice"}}, "tcp://127.0.0.1:7700");

  REQUIRE(done.size() == 1);
  CHECK(done[0]);
  CHECK(ssh.said()
        == "b: /b/troupe --version\n"
           "b: /b/troupe host start --cluster pair --name pair-b-agent --join "
           "tcp://127.0.0.1:7700 --listen 127.0.0.1:1\n"
           "{\"cluster_file\":\"the slice\",\"keys\":[]}\n");
}

TEST_CASE("a host that fails does not keep the others, and nothing is sent to a program unknown") {
  const stand_in ssh(arguments
                     + "case \"$target $command\" in b*) echo gone >&2; exit 255;; "
                       "*--version) echo 'troupe 7 (wire 77)';; esac\n");
  const auto file = two_hosts();

  auto runner = ssh.runner_of();
  const auto done = runner.start(plans_of(file), std::vector<host_bundle>(2), "tcp://127.0.0.1:1");

  CHECK(done[0].err().code == errc::peer_gone);
  CHECK(done[0].err().text.find("gone") != std::string::npos);
  CHECK(done[1].err().code == errc::unsupported);
  CHECK(ssh.said().find("host start") == std::string::npos);
}

TEST_CASE("every host is told to end") {
  const stand_in ssh(arguments + "test \"$target\" != b || exit 255\n");
  const auto file = two_hosts();

  auto runner = ssh.runner_of();
  const auto done = runner.stop(plans_of(file));

  CHECK(done[0].err().code == errc::peer_gone);
  CHECK(done[1]);
  CHECK(ssh.said().find("c: /c/troupe host stop --cluster pair") != std::string::npos);
}

TEST_CASE("work for many is done once each, a few at a time") {
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
  std::vector<std::atomic<int>> done(20);

  for_each_at_once(done.size(), 3, [&](std::size_t i) {
    const int running = ++now;
    int seen = most;
    while (running > seen && !most.compare_exchange_weak(seen, running)) {
    }
    std::this_thread::sleep_for(1ms);
    ++done[i];
    --now;
  });

  CHECK(most <= 3);
  for (const auto& one : done) {
    CHECK(one == 1);
  }
  for_each_at_once(0, 3, [](std::size_t) { CHECK(false); });
}
