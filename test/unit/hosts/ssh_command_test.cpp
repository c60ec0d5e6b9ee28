// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/hosts/ssh_command.hpp"

#include "apps/troupe/version.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace troupe;

namespace {

const cluster_host b{.name = "b", .ssh = "troupe@10.0.0.8", .port = 2222};
const std::string program = "/opt/troupe";

bool says(const error& why, std::string_view part) {
  return why.text.find(part) != std::string::npos;
}

error judged(const process::program_end& end) {
  const auto out = judge_ssh(b, program, end);
  REQUIRE_FALSE(out.has_value());
  CHECK(says(out.err(), "host 'b' (troupe@10.0.0.8): "));
  return out.err();
}

} // namespace

TEST_CASE("a shell reads back each quoted word as it was") {
  CHECK(quote_word("/opt/troupe-1.0_x") == "/opt/troupe-1.0_x");
  CHECK(quote_word("") == "''");
  CHECK(quote_word("a b") == "'a b'");
  CHECK(quote_word("it's") == "'it'\\''s'");
  CHECK(quote_word("$(x) `y` \"z\"; &") == "'$(x) `y` \"z\"; &'");
  CHECK(quote_word("tcp://h:1#KEY") == "'tcp://h:1#KEY'");
  CHECK(quote_word("~") == "'~'");
  CHECK(quote_word("A=b") == "'A=b'");

  const std::vector<std::string> words{"", "'", "\\", "a\nb", "*", "$HOME", "!", "x'y\"z"};
  std::string expected;
  for (const auto& word : words) {
    expected += word + "|";
  }
  process::child_processes children;
  const auto end = process::run_program(
      children, {.argv = {"/bin/sh", "-c", "printf '%s|' " + quote_words(words)}, .timeout = 20s});
  REQUIRE(end);
  CHECK(end->out == expected);
}

TEST_CASE("ssh asks nothing, gives up in time, and gets one command for one target") {
  const auto argv = ssh_command("/usr/bin/ssh", b, {"/opt/my troupe", "--version"});

  CHECK(argv.front() == "/usr/bin/ssh");
  CHECK(std::ranges::find(argv, "BatchMode=yes") != argv.end());
  CHECK(std::ranges::find(argv, "ConnectTimeout=10") != argv.end());
  const std::vector<std::string> end{"-p", "2222", "--", "troupe@10.0.0.8",
                                     "'/opt/my troupe' --version"};
  REQUIRE(argv.size() > end.size());
  CHECK(std::equal(end.begin(), end.end(), argv.end() - 5));
  const auto usual = ssh_command("ssh", {.name = "c", .ssh = "c"}, {"true"});
  CHECK(std::ranges::find(usual, "-p") == usual.end());
}

TEST_CASE("an ssh that failed is told from a program there that failed") {
  CHECK(*judge_ssh(b, program, {.out = "fine\n"}) == "fine\n");
  const auto away = judged({.code = 255, .errors = "connect to host: Connection refused\r\n"});
  CHECK(away.code == errc::peer_gone);
  CHECK(says(away, "Connection refused; it must work without a password"));
  CHECK(judged({.code = 137, .signal = 9, .timed_out = true}).code == errc::timeout);
  CHECK(judged({.code = 137, .signal = 9}).code == errc::peer_gone);
  const auto missing = judged({.code = 127, .errors = "sh: 1: /opt/troupe: not found\n"});
  CHECK(missing.code == errc::not_found);
  CHECK(says(missing, "no program /opt/troupe"));
  CHECK(says(missing, "copy this one"));
  CHECK(judged({.code = 126}).code == errc::not_found);
  const auto failed = judged({.code = 1, .errors = "error: the agent ended\n"});
  CHECK(failed.code == errc::io_failed);
  CHECK(says(failed, "error: the agent ended"));
  CHECK(judged({.code = 2}).code == errc::invalid_value);
}

TEST_CASE("what a stranger said is bounded and cannot move a terminal's cursor") {
  const auto why = judged({.code = 255, .errors = std::string(5000, 'x') + "\n\x1b[2Jend\x07\n"});

  CHECK(why.text.size() < 1500);
  CHECK(says(why, "..."));
  CHECK(says(why, "x; ?[2Jend?"));
  CHECK(says(judged({.code = 255}), "it said nothing"));
}

TEST_CASE("a program of another wire is refused with the remedy") {
  CHECK(wire_of(version_line() + "\n") == wire_version());
  CHECK(judge_version(b, program, "Welcome!\n" + version_line() + "\n"));

  const auto other = judge_version(b, program, "troupe 9.0 (wire 99)\n");
  REQUIRE_FALSE(other.has_value());
  CHECK(other.err().code == errc::unsupported);
  CHECK(says(other.err(), "speaks wire 99"));
  for (const std::string said :
       {"", "troupe 0.1.0\n", "troupe 0.1.0 (wire )\n", "troupe 1 (wire 1", "(wire 1)\n"}) {
    CAPTURE(said);
    CHECK_FALSE(judge_version(b, program, said).has_value());
  }
}
