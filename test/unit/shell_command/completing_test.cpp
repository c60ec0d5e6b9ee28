// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/completing.hpp"

#include "test/unit/process/temporary_directory.hpp"
#include "test/unit/shell_command/scripted_cluster.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace troupe;
using namespace troupe::test;

namespace {

std::vector<std::string> found(const std::string& line) {
  scripted_cluster cluster;
  return shell::complete(line, *cluster.view()).candidates;
}

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::ranges::find(all, one) != all.end();
}

using words = std::vector<std::string>;

} // namespace

TEST_CASE("commands are completed, word by word") {
  CHECK(found("mod") == words{"models"});
  CHECK(found("cache ") == words{"evict", "find", "heat", "pin", "stats", "unpin"});
  CHECK(found("router e") == words{"explain"});
  CHECK(found("").size() > 20);
  CHECK(found("nonsense ").empty());
}

TEST_CASE("actors, nodes and agents are those of the cluster now") {
  CHECK(found("info deco") == words{"decode@decode-1"});
  CHECK(has(found("drain "), "decode-1"));
  CHECK(found("spawn decode on ") == words{"host-agent"});
  CHECK(found("spawn decode ") == words{"on"});
  CHECK(found("router explain --prompt x --model ") == words{"tiny"});
}

TEST_CASE("flags, their values, messages and fields are completed") {
  CHECK(found("ps -s m") == words{"mailbox"});
  CHECK(has(found("ps -"), "-r"));
  CHECK(found("ask router status_q") == words{"status_query", "status_query{}"});
  CHECK(found("ask router scale{ru") == words{"run="});
  CHECK(found("ask router scale{run=true sl") == words{"slot="});
  CHECK(found("ask router scale{run=tr").empty());
}

TEST_CASE("slots and paths are completed where a command takes them") {
  CHECK(found("plan why deco") == words{"decode-1"});
  CHECK(found("plan ") == words{"apply", "history", "show", "why"});
  CHECK(found("crashes ") == words{"decode-1"});
  CHECK(found("slo ti") == words{"tiny"});
  CHECK(found("record deco") == words{"decode@decode-1"});
  const process::temporary_directory directory;
  for (const char* name : {"one.jsonl", "on two", ".hidden"}) {
    std::ofstream(directory.file(name)) << "x";
  }
  std::filesystem::create_directory(directory.file("other"));
  const auto begin = directory.file("");
  const words all{begin + "one.jsonl", begin + "other/"};
  for (const char* line :
       {"record decode-1 ", "replay --speed 2 ", "plan apply --prune ", "nodes > ", "nodes >> "}) {
    CHECK(found(line + begin) == all);
  }
  CHECK(found("replay " + begin + ".h") == words{begin + ".hidden"});
  CHECK(found("replay " + begin + "none/").empty());
  CHECK(has(found("plan apply x --p"), "--prune"));
}

TEST_CASE("a word is replaced from where it begins") {
  scripted_cluster cluster;
  CHECK(shell::complete("info deco", *cluster.view()).begin == 5);
  CHECK(shell::complete("ask router scale{run=true sl", *cluster.view()).begin == 26);
}

TEST_CASE("the line behind watch is completed as a line") {
  CHECK(found("watch mod") == words{"models"});
  CHECK(found("watch -n 1 info deco") == words{"decode@decode-1"});
  CHECK(has(found("watch -"), "-n"));
}
