// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/names.hpp"
#include "messages/actor_load.hpp"
#include "messages/admin.hpp"
#include "messages/crash.hpp"
#include "runtime/process/files.hpp"
#include "test/unit/shell_command/scripted_cluster.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

TEST_CASE("actors are named by role and node, by a node of one service, or by a lone role") {
  scripted_cluster cluster;
  const auto& view = *cluster.view();
  CHECK(shell::find_actor(view, "decode@decode-1")->actor == scripted_cluster::actor(3, 31));
  CHECK(shell::find_actor(view, "decode-1")->actor == scripted_cluster::actor(3, 31));
  CHECK(shell::find_actor(view, "router")->actor == scripted_cluster::actor(2, 22));
  CHECK(shell::find_actor(view, "admin@gateway-1")->actor == scripted_cluster::actor(2, 1));
  CHECK(shell::find_actor(view, "gateway-1").err().code == errc::invalid_value);
  const auto missing = shell::find_actor(view, "decode@decode-11");
  CHECK(missing.err().code == errc::not_found);
  CHECK(missing.err().text.find("decode@decode-1") != std::string::npos);
}

TEST_CASE("ps asks every admin and sorts by what is wanted") {
  scripted_cluster cluster;
  cluster.answer_with(
      node_report{.node = "host-agent", .actors = {{.actor = 12, .name = "agent"}}});
  cluster.answer_with(
      node_report{.node = "gateway-1",
                  .actors = {{.actor = 21, .name = "gateway", .mailbox = 3, .handled = 5},
                             {.actor = 22, .name = "router", .mailbox = 9, .handled = 4}}});
  cluster.answer_with(
      node_report{.node = "decode-1", .actors = {{.actor = 31, .name = "worker", .mailbox = 5}}});
  const auto got = cluster.run("ps -s mailbox");
  REQUIRE(got);
  REQUIRE(got->rows.size() == 4);
  CHECK(*got->rows[0][0].as_string() == "router@gateway-1");
  CHECK(*got->rows[1][0].as_string() == "decode@decode-1");
  CHECK(*got->rows[2][0].as_string() == "gateway@gateway-1");
  CHECK(cluster.asked_of<node_query>().size() == 3);
}

TEST_CASE("a node that does not answer is shown as silent") {
  scripted_cluster cluster;
  cluster.answer_with(node_report{.node = "host-agent", .uptime_ms = 1500});
  const auto got = cluster.run("nodes");
  REQUIRE(got);
  REQUIRE(got->rows.size() == 3);
  CHECK(*got->rows[0][3].as_string() == "silent"); // decode-1
  CHECK(*got->rows[2][3].as_string() == "up");     // host-agent
}

TEST_CASE("a request is explained by the pairs that were weighed") {
  scripted_cluster cluster;
  decision told{.request = {{1, 2}}, .attempt = {1}, .prompt_tokens = 100, .blocks = 6};
  told.pairs.push_back({.decode = "decode-1",
                        .decode_cached_blocks = 5,
                        .computed_tokens = 20,
                        .running = 2,
                        .ttft_ms = 10,
                        .harm_ms = 1,
                        .chosen = true});
  told.pairs.push_back({.decode = "decode-2", .computed_tokens = 100, .ttft_ms = 50});
  cluster.answer_with(explain_report{.decisions = {told}});
  const auto got = cluster.run("router explain chatcmpl-00000000000000010000000000000002");
  REQUIRE(got);
  REQUIRE(got->rows.size() == 2);
  const auto& why = *got->rows[0].back().as_string();
  CHECK(why.find("chosen: lowest cost") == 0);
  CHECK(why.find("saves 80 prompt tokens") != std::string::npos);
  CHECK(why.find("slows 2 running by 1 ms") != std::string::npos);
  CHECK(cluster.run("router explain nonsense").err().code == errc::invalid_value);
}

TEST_CASE("a trace shows its lines until its end, whatever other traces say") {
  scripted_cluster cluster;
  cluster.answer_with(trace_started{.trace = 4});
  const auto admin = scripted_cluster::actor(3, 1);
  trace_events mine{.trace = 4, .skipped = 6, .last = true};
  mine.lines.push_back({.at_us = 1500, .peer = scripted_cluster::actor(2, 21), .what = "tell"});
  trace_events other{.trace = 3, .last = true};
  other.lines.resize(5);
  cluster.traced = {{admin, other}, {scripted_cluster::actor(2, 1), mine}, {admin, mine}};
  const auto got = cluster.run("trace decode-1 --msgs --rate 20/s --for 2s");
  REQUIRE(got);
  CHECK(cluster.emitted.size() == 1);
  CHECK(cluster.emitted[0].find("<- gateway@gateway-1  tell") != std::string::npos);
  CHECK(got->facts[2].second == json::value{6});
  const auto asked = cluster.asked_of<trace_start>();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0]->rate_per_s == 20);
  CHECK(asked[0]->for_ms == 2000);
  CHECK(cluster.told.empty());
}

TEST_CASE("a trace whose admin says nothing more is given up and called off") {
  scripted_cluster cluster;
  cluster.answer_with(trace_started{.trace = 4});
  REQUIRE(cluster.run("trace decode-1 --msgs --for 1s"));
  REQUIRE(cluster.told.size() == 1);
  CHECK(cluster.told[0].what.as<trace_stop>()->trace == 4);
}

TEST_CASE("a watch runs its line again, with its own flags") {
  scripted_cluster cluster;
  REQUIRE(cluster.run("watch -n 0.5 --times 3 ps -s mailbox 'a b'"));
  CHECK(cluster.lines == std::vector<std::string>(3, "ps -s mailbox \"a b\""));
}

TEST_CASE("top is a watch of the busiest actors") {
  scripted_cluster cluster;
  REQUIRE(cluster.run("top --times 2"));
  CHECK(cluster.lines == std::vector<std::string>(2, "ps -s busy"));
}

TEST_CASE("flags and words that a command does not take are refused with its usage") {
  scripted_cluster cluster;
  CHECK(cluster.run("ps --mailbox").err().code == errc::unknown_option);
  CHECK(cluster.run("ps -s size").err().text.find("usage: ps") != std::string::npos);
  CHECK(cluster.run("ps -s").err().code == errc::invalid_value);
  CHECK(cluster.run("info").err().text.find("too few words") != std::string::npos);
  CHECK(cluster.run("tree all").err().text.find("too many words") != std::string::npos);
  CHECK(cluster.run("ping decode-1 -n 0").err().code == errc::invalid_value);
}

TEST_CASE("every command of the table can be run and stands in docs/shell.md") {
  const auto page = process::read_file(TROUPE_SOURCE_DIR "/docs/shell.md", std::size_t{1} << 20U);
  REQUIRE(page);
  for (const auto& one : shell::all_commands()) {
    CAPTURE(one.name);
    CHECK(one.usage.starts_with(one.name));
    CHECK((one.run != nullptr));
    const auto lines =
        "    " + std::string(one.usage) + "\n        " + std::string(one.summary) + "\n";
    CHECK(page->find(lines) != std::string::npos);
  }
}

TEST_CASE("crashes lists deaths with their requests, and what was quarantined") {
  scripted_cluster cluster;
  const request_id poison{{1, 2}};
  cluster.answer_with(crashes_report{.crashes = {{.no = 1,
                                                  .slot = "decode-1",
                                                  .roles = "decode",
                                                  .pid = 103,
                                                  .how = "killed by signal 11",
                                                  .signal = 11,
                                                  .proves = true,
                                                  .age_ms = 1500,
                                                  .uptime_ms = 3000,
                                                  .dying = {{poison, 7}},
                                                  .held = {poison},
                                                  .held_more = 2,
                                                  .log = {"last words"}}}});
  cluster.answer_with(crashes_report{
      .quarantined = {{.request = poison, .model = "m", .slots = {"a", "b"}, .refused = 1},
                      {.request = poison, .model = "m", .slots = {"a", "b"}, .refused = 2}}});

  const auto got = cluster.run("crashes decode-1");

  REQUIRE(got);
  REQUIRE(got->rows.size() == 1);
  const auto json = shell::as_json(*got);
  const auto& row = json.find("crashes")->as_array()->at(0);
  CHECK(*row.find("requests")->as_integer() == 3);
  const auto* record = row.find("record");
  REQUIRE(record != nullptr);
  CHECK(*record->find("computed")->as_array()->at(0).find("request")->as_string()
        == shell::request_text(poison));
  CHECK(json.find("quarantined")->as_array()->size() == 1);
  const auto text = shell::as_text(*got);
  CHECK(text.find("last words") != std::string::npos);
  CHECK(text.find("a, b died of it; equal requests refused since: 3") != std::string::npos);
  CHECK(cluster.run("crashes decode-9")->rows.empty());
}

TEST_CASE("mail shows what waits by kinds, and asks the admin of the actor's process") {
  scripted_cluster cluster;
  cluster.answer_with(mailbox_report{.waiting = 3,
                                     .oldest_us_max = 2500,
                                     .current = "tokens",
                                     .kinds = {{.kind = "generate", .waiting = 3, .handled = 9}}});
  const auto got = cluster.run("mail decode-1");
  REQUIRE(got);
  CHECK(cluster.asked.back().to == scripted_cluster::actor(3, 1));
  CHECK(cluster.asked_of<mailbox_query>().at(0)->actor == 31);
  CHECK(got->before.at(0)
        == "decode@decode-1: 3 wait, the oldest for 2.5 ms at most; it handles tokens now");
  CHECK(got->rows.size() == 1);
  CHECK(cluster.run("mail nobody").err().code == errc::not_found);
}

TEST_CASE("a profile counts the untimed events with the mean of the timed, the busiest first") {
  scripted_cluster cluster;
  cluster.answer_with(profile_report{
      .lasted_us = 1'000'000,
      .kinds = {
          {.kind = "wake", .count = 10, .timed = 10, .busy_ns = 10'000, .max_ns = 2000},
          {.kind = "tokens", .count = 100, .timed = 50, .busy_ns = 50'000'000, .max_ns = 3000}}});
  const auto got = cluster.run("profile decode-1 1s");
  REQUIRE(got);
  CHECK(cluster.asked_of<profile_query>().at(0)->for_ms == 1000);
  REQUIRE(got->rows.size() == 2);
  CHECK(*got->rows[0][0].as_string() == "tokens");
  CHECK(shell::cell_text(got->rows[0][3]) == "1000"); // mean_us
  CHECK(shell::cell_text(got->rows[0][5]) == "100");  // busy_ms
  CHECK(shell::cell_text(got->rows[0][6]) == "10");   // share_percent
  CHECK(cluster.run("profile decode-1 1h").err().code == errc::invalid_value);
  CHECK(cluster.run("profile decode-1 0").err().code == errc::invalid_value);
}
