// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/redis/board_round.hpp"

#include "runtime/base/rng.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace troupe;
using namespace troupe::redis;

namespace {

const std::string one = "0000000000000001";
const std::string two = "0000000000000002";

bytes data_of(std::string_view text) {
  const auto view = as_bytes_view(text);
  return {view.begin(), view.end()};
}

reply text(std::string what) {
  return {.what = reply::kind::text, .text = std::move(what)};
}
reply failure(std::string what) {
  return {.what = reply::kind::failure, .text = std::move(what)};
}
reply count(std::int64_t what) {
  return {.what = reply::kind::integer, .integer = what};
}

/// A server of the few commands that a round uses.
struct fake_server {
  std::map<std::string, std::string> keys;
  std::set<std::string> index;
  bool index_is_text = false;
  std::set<std::string> lists; ///< Keys of another type.

  std::string refused; ///< A command.

  reply answer(const command& what) {
    if (what[0] == refused) {
      return failure("NOPERM");
    }
    if (what[0] == "SET") {
      lists.erase(what[1]);
      keys[what[1]] = what[2];
      return text("OK");
    }
    if (what[0] == "UNLINK") {
      for (std::size_t i = 1; i < what.size(); ++i) {
        keys.erase(what[i]);
        lists.erase(what[i]);
        if (what[i] == "p:nodes") {
          index.clear();
          index_is_text = false;
        }
      }
      return count(1);
    }
    if (what[0] == "GETRANGE") {
      if (lists.contains(what[1])) {
        return failure("WRONGTYPE Operation against a key");
      }
      const auto found = keys.find(what[1]);
      return text(found == keys.end() ? "" : found->second.substr(0, std::stoul(what[3]) + 1));
    }
    if (index_is_text) {
      return failure("WRONGTYPE Operation against a key");
    }
    if (what[0] == "SADD") {
      index.insert(what.begin() + 2, what.end());
    } else if (what[0] == "SREM") {
      for (std::size_t i = 2; i < what.size(); ++i) {
        index.erase(what[i]);
      }
    } else if (what[0] == "SMEMBERS") {
      reply out{.what = reply::kind::list};
      for (const auto& each : index) {
        out.items.push_back(text(each));
      }
      return out;
    }
    return count(static_cast<std::int64_t>(index.size()));
  }

  void run(board_round& round, const std::map<std::string, bytes>& own) {
    auto commands = round.begin(own);
    for (int step = 0; !commands.empty(); ++step) {
      REQUIRE(step < 1000);
      std::vector<reply> answers;
      for (const auto& each : commands) {
        answers.push_back(answer(each));
      }
      commands = round.next(answers);
    }
  }
};

struct fixture {
  fake_server server;
  board_round mine{{.prefix = "p:", .records_max = 1000}};
  board_round theirs{{.prefix = "p:", .records_max = 1000}};

  void round_of_both() {
    server.run(mine, {{one, data_of("I")}});
    server.run(theirs, {{two, data_of("they")}});
    server.run(mine, {{one, data_of("I")}});
  }
};

} // namespace

TEST_CASE("each sees what the other keeps") {
  fixture f;
  f.round_of_both();

  REQUIRE(f.mine.records().size() == 2);
  CHECK(std::ranges::any_of(f.mine.records(), [](const record& each) {
    return each.name == two && each.data == data_of("they");
  }));
  CHECK(f.mine.complaint().empty());
}

TEST_CASE("a server that lost everything has it again after a round of each") {
  fixture f;
  f.round_of_both();
  f.server = {};

  f.round_of_both();

  CHECK(f.mine.records().size() == 2);
}

TEST_CASE("a record that is gone is no longer read, and its name leaves the index") {
  fixture f;
  f.round_of_both();
  f.server.keys.erase("p:node:" + two);

  f.server.run(f.mine, {{one, data_of("I")}});
  CHECK(f.mine.records().size() == 1);
  f.server.run(f.mine, {{one, data_of("I")}});

  CHECK_FALSE(f.server.index.contains(two));
}

TEST_CASE("keys of another type are deleted and written again") {
  fixture f;
  f.round_of_both();
  f.server.index_is_text = true;
  f.server.lists.insert("p:node:" + two);

  f.round_of_both();
  f.round_of_both();

  CHECK(f.mine.records().size() == 2);
  CHECK(f.mine.rejected() > 0);
}

TEST_CASE("junk names, long records and records that are not accepted are left out and tidied up") {
  fake_server server;
  board_round round({.prefix = "p:",
                     .records_max = 1000,
                     .record_bytes_max = 8,
                     .accepts = [](const record& each) {
                       return each.data != data_of("junk");
                     }});
  server.index = {"x", std::string(1000, 'a'), "000000000000000G", "0000000000000003",
                  "0000000000000004"};
  server.keys["p:node:0000000000000003"] = "junk";
  server.keys["p:node:0000000000000004"] = std::string(100, 'a');

  server.run(round, {{one, data_of("I")}});
  server.run(round, {{one, data_of("I")}});

  CHECK(round.records().size() == 1);
  CHECK(server.index == std::set<std::string>{one});
  CHECK(server.keys.contains("p:node:0000000000000003")); // Perhaps a newer version's.
  CHECK_FALSE(server.keys.contains("p:node:0000000000000004"));
}

TEST_CASE("an index that is too large is begun anew by those who live") {
  fixture f;
  for (int i = 0; i < 1200; ++i) {
    auto name = std::to_string(i);
    f.server.index.insert(std::string(16 - name.size(), 'f') + name);
  }

  f.round_of_both();

  CHECK(f.mine.records().size() == 2);
  CHECK(f.server.index.size() == 2);
}

TEST_CASE("many records are read in many steps") {
  fake_server server;
  board_round round({.prefix = "p:"});
  for (int i = 0; i < 1000; ++i) {
    auto name = std::to_string(i);
    name = std::string(16 - name.size(), '0') + name;
    server.index.insert(name);
    server.keys["p:node:" + name] = "here";
  }

  server.run(round, {});

  CHECK(round.records().size() == 1000);
}

TEST_CASE("an index over the bounds of an answer is begun anew in the next round") {
  fixture f;
  (void)f.mine.begin({});
  (void)f.mine.next({count(1)});
  f.mine.broke(true);

  CHECK(f.mine.begin({}).front() == command{"UNLINK", "p:nodes"});
  CHECK(f.mine.begin({}).front()[0] == "SCARD");
}

TEST_CASE("what the server complains of is told") {
  board_round round({.prefix = "p:"});
  (void)round.begin({{one, data_of("I")}});
  (void)round.next({failure("OOM command not allowed"), count(0), count(0)});

  CHECK(round.complaint() == "OOM command not allowed");
}

TEST_CASE("a round in which the server refused to write or to read does not say who is missing") {
  for (const std::string refused : {"SET", "SADD", "SCARD", "SMEMBERS", "GETRANGE"}) {
    CAPTURE(refused);
    fixture f;
    f.round_of_both();
    CHECK(f.mine.is_complete());

    f.server.refused = refused;
    f.server.run(f.mine, {{one, data_of("I")}});
    CHECK_FALSE(f.mine.is_complete());
    f.server.refused.clear();
    f.round_of_both();

    CHECK(f.mine.is_complete());
    CHECK(f.mine.records().size() == 2);
  }
}

TEST_CASE("keys of another type, and a server that will not tidy up, leave a round complete") {
  fixture f;
  f.round_of_both();
  f.server.lists.insert("p:node:" + two);
  f.server.keys.erase("p:node:" + two);
  f.server.refused = "UNLINK";

  f.server.run(f.mine, {{one, data_of("I")}});

  CHECK(f.mine.complaint() == "NOPERM");
  CHECK(f.mine.is_complete());
}

TEST_CASE("answers of any shape end a round in order") {
  rng draws(3);
  for (int turn = 0; turn < 3000; ++turn) {
    board_round round({.prefix = "p:"});
    auto commands = round.begin({{one, data_of("I")}});
    for (int step = 0; !commands.empty(); ++step) {
      REQUIRE(step < 50);
      std::vector<reply> answers(commands.size());
      for (auto& each : answers) {
        each.what = static_cast<reply::kind>(draws.below(5));
        each.text = draws.below(2) == 0 ? one : "WRONGTYPE";
        each.integer = static_cast<std::int64_t>(draws());
        each.items.resize(draws.below(3), text(two));
      }
      commands = round.next(answers);
    }
  }
}

TEST_CASE("only 16 hexadecimal digits are a name") {
  CHECK(is_record_name("00ff00ff00ff00ff"));
  CHECK_FALSE(is_record_name("00FF00ff00ff00ff"));
  CHECK_FALSE(is_record_name("00ff00ff00ff00f"));
  CHECK_FALSE(is_record_name(""));
}
