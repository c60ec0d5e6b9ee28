// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/command_line.hpp"

#include "test/unit/config/example_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace troupe;
using namespace troupe::config;

namespace {

using strings = std::vector<std::string>;
using flags = std::vector<std::pair<std::string, std::string>>;

struct fixture {
  fixture() {
    line.add({"serve", "MODEL", "All roles in one process.", {"common", "router", "kv"}, 1, 1});
    line.add({"config show", "", "Prints the options.", {"common"}});
    line.add({"config check", "FILE", "Checks a file.", {"common"}, 1, 1});
  }

  result<invocation> parse(strings arguments) const { return line.parse(arguments); }

  example_config bound;
  option_table table = example_table(bound);
  command_line line{"troupe", "Troupe serves language models.", table};
};

} // namespace

TEST_CASE_FIXTURE(fixture, "a command's flags and positionals are told apart in any order") {
  const auto asked = parse({"serve", "-o", "json", "models/tiny", "--kv-fill=0.5",
                            "--router-prefill", "local", "--kv-checksums"});

  REQUIRE(asked);
  CHECK(asked->what->path == "serve");
  CHECK(asked->positionals == strings{"models/tiny"});
  CHECK(asked->flags
        == flags{{"--output", "json"},
                 {"--kv-fill", "0.5"},
                 {"--router-prefill", "local"},
                 {"--kv-checksums", "true"}});
}

TEST_CASE_FIXTURE(fixture, "a boolean can be switched off in two ways") {
  CHECK(parse({"serve", "m", "--no-kv-checksums"})->flags == flags{{"--kv-checksums", "false"}});
  CHECK(parse({"serve", "m", "--kv-checksums=false"})->flags == flags{{"--kv-checksums", "false"}});
}

TEST_CASE_FIXTURE(fixture, "a boolean does not swallow the positional after it") {
  const auto asked = parse({"serve", "--kv-checksums", "models/tiny"});

  CHECK(asked->positionals == strings{"models/tiny"});
}

TEST_CASE_FIXTURE(fixture, "subcommands are found by their longest path") {
  CHECK(parse({"config", "show"})->what->path == "config show");
  CHECK(parse({"config", "check", "f"})->positionals == strings{"f"});
  CHECK(parse({"config"}).err().text == "'config' takes one of: show, check");
}

TEST_CASE_FIXTURE(fixture, "a misspelt command or flag gets a suggestion") {
  CHECK(parse({"sevre", "m"}).err().text
        == "unknown command 'sevre'; did you mean 'serve'? See 'troupe --help'.");
  const auto flag = parse({"serve", "m", "--kv-fil", "3"});
  CHECK(flag.err().code == errc::unknown_option);
  CHECK(flag.err().text == "unknown flag '--kv-fil'; did you mean '--kv-fill'?");
  CHECK(parse({"serve", "m", "-x"}).err().code == errc::unknown_option);
}

TEST_CASE_FIXTURE(fixture, "an abbreviated flag is not guessed") {
  CHECK(parse({"serve", "m", "--kv-f", "3"}).err().code == errc::unknown_option);
}

TEST_CASE_FIXTURE(fixture, "a flag of another command says so") {
  CHECK(parse({"config", "show", "--kv-fill", "1"}).err().text
        == "flag '--kv-fill' does not apply to 'config show'; see --help");
}

TEST_CASE_FIXTURE(fixture, "missing values and too many positionals are usage errors") {
  CHECK(parse({"serve", "m", "--kv-fill"}).err().code == errc::invalid_value);
  CHECK(parse({"serve"}).err().text
        == "'serve' was given 0 arguments; usage: troupe serve [flags] MODEL");
  CHECK(parse({"serve", "a", "b"}).err().code == errc::invalid_value);
  CHECK(parse(strings(1001, "x")).err().code == errc::too_large);
}

TEST_CASE_FIXTURE(fixture, "everything after -- is positional") {
  CHECK(parse({"serve", "--", "--odd-name"})->positionals == strings{"--odd-name"});
}

TEST_CASE_FIXTURE(fixture, "help and version are recognised") {
  CHECK(parse({})->help);
  CHECK(parse({"--help"})->what == nullptr);
  CHECK(parse({"help", "serve"})->what->path == "serve");
  CHECK(parse({"serve", "--help"})->help);
  CHECK(parse({"serve", "-h"})->help);
  CHECK(parse({"--version"})->version);
}

TEST_CASE_FIXTURE(fixture, "the help of a command fits a screen and explains its flags") {
  const auto text = line.help(*parse({"serve", "m"})->what);

  CHECK(std::ranges::count(text, '\n') < 24);
  CHECK(text.find("usage: troupe serve [flags] MODEL") == 0);
  CHECK(text.find("-o, --output TEXT") != std::string::npos);
  CHECK(text.find("[1024]") != std::string::npos);
  CHECK(text.find("--role") == std::string::npos);
  CHECK(line.help().find("  config check FILE") != std::string::npos);
}
