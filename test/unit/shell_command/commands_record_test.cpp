// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/following.hpp"
#include "apps/troupe/shell/recording.hpp"
#include "runtime/process/files.hpp"
#include "test/unit/process/temporary_directory.hpp"
#include "test/unit/shell_command/scripted_cluster.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <numeric>

using namespace troupe;
using namespace troupe::test;

namespace {

constexpr std::size_t bytes_max = 1U << 20U;

/// Two messages of decode-1, and what was over the rate.
trace_events two_messages(bool last) {
  trace_events seen{.trace = 4, .skipped = 6, .last = last};
  seen.lines.push_back({.at_us = 1500,
                        .way = trace_way::in,
                        .peer = scripted_cluster::actor(2, 21),
                        .what = "tell",
                        .text = "generate{stream=1}"});
  seen.lines.push_back({.at_us = 901'500,
                        .way = trace_way::out,
                        .peer = scripted_cluster::actor(2, 21),
                        .what = "tell",
                        .text = "tokens{step=1}"});
  return seen;
}

struct recording {
  process::temporary_directory directory;
  std::string path = directory.file("seen.jsonl");
  scripted_cluster cluster;

  result<shell::sheet> record(bool last = true) {
    cluster.answer_with(trace_started{.trace = 4});
    cluster.traced = {{scripted_cluster::actor(3, 1), two_messages(last)}};
    return cluster.run("record decode-1 " + path + " --rate 20/s --for 2s");
  }
  [[nodiscard]] std::string text() const {
    const auto got = process::read_file(path, bytes_max);
    return got ? *got : "";
  }
  void write(const std::string& what) const { std::ofstream(path) << what; }
};

json::value told(const shell::sheet& of, std::string_view key) {
  const auto found = std::ranges::find(of.facts, key, &decltype(of.facts)::value_type::first);
  REQUIRE(found != of.facts.end());
  return found->second;
}

} // namespace

TEST_CASE("a recording holds what a trace shows, in bounds, behind a head and before its end") {
  recording r;
  const auto got = r.record();
  REQUIRE(got);
  CHECK(told(*got, "lines") == json::value{2});
  CHECK(told(*got, "skipped") == json::value{6});
  CHECK(told(*got, "ended") == json::value{"time"});
  const auto text = r.text();
  shell::recording_reader reader(text, "");
  const auto head = reader.head();
  REQUIRE(head);
  CHECK(head->actor == "decode@decode-1");
  CHECK(head->cluster == "demo");
  CHECK(head->version == "troupe 0.0.0 (wire 1)");
  CHECK(head->rate_per_s == 20);
  CHECK(head->for_ms == 2000);
  CHECK(head->begun_unix_ms > 1'700'000'000'000);
  CHECK((*reader.next())->text == "generate{stream=1}");
  CHECK((*reader.next())->peer == "gateway@gateway-1");
  CHECK_FALSE(*reader.next());
  CHECK(reader.end()->skipped == 6);
  CHECK(r.cluster.emitted.empty());
}

TEST_CASE("Ctrl-C and a lost actor end a recording, which says so") {
  recording lost;
  REQUIRE(lost.record(false));
  CHECK(lost.text().find("\"ended\":\"lost\",\"lines\":2") != std::string::npos);
  CHECK(lost.cluster.told.size() == 1); // The trace is called off.
  recording stopped;
  stopped.cluster.ctrl_c = true;
  REQUIRE(stopped.record(false));
  CHECK(stopped.text().find("\"ended\":\"interrupted\",\"lines\":0") != std::string::npos);
}

TEST_CASE("who wants no more of a trace ends it, and it is called off") {
  recording r;
  r.cluster.answer_with(trace_started{.trace = 4});
  r.cluster.traced = {{scripted_cluster::actor(3, 1), two_messages(false)}};
  const shell::arguments none;
  shell::command_call call{.given = none, .cluster = r.cluster, .who = "ann@host"};
  const auto whom = shell::find_actor(*r.cluster.view(), "decode-1");
  REQUIRE(whom);
  const auto got =
      shell::follow_messages(call, *whom, {.rate_per_s = 5, .seconds = 1},
                             {.line = [](const shell::seen_message& one) -> result<bool> {
                               return one.at_ms < 2;
                             }});
  REQUIRE(got);
  CHECK(got->ended == "full");
  CHECK(got->lines == 1);
  REQUIRE(r.cluster.told.size() == 1);
  CHECK(r.cluster.told[0].what.as<trace_stop>()->trace == 4);
}

TEST_CASE("a recording replaces a recording and nothing else, and what fails says why") {
  recording r;
  REQUIRE(r.record());
  REQUIRE(r.record());
  r.write("name: demo\n");
  const auto refused = r.record();
  REQUIRE_FALSE(refused);
  CHECK(refused.err().text.find("exists and is no recording") != std::string::npos);
  CHECK(r.text() == "name: demo\n");
  scripted_cluster cluster;
  cluster.answer_with(trace_started{.trace = 4});
  const auto nowhere = cluster.run("record decode-1 " + r.path + "/no/file");
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.err().code == errc::io_failed);
  CHECK(cluster.told.size() == 1);
  CHECK(cluster.run("record nobody x").err().code == errc::not_found);
  CHECK(cluster.run("record decode-1 x --rate 0").err().code == errc::invalid_value);
}

TEST_CASE("a replay shows what the trace showed, as fast as it can where nobody watches") {
  recording r;
  r.cluster.answer_with(trace_started{.trace = 4});
  r.cluster.traced = {{scripted_cluster::actor(3, 1), two_messages(true)}};
  REQUIRE(r.cluster.run("trace decode-1 --msgs"));
  const auto traced = std::exchange(r.cluster.emitted, {});
  const auto objects = std::exchange(r.cluster.objects, {});
  REQUIRE(r.record());
  const auto got = r.cluster.run("replay " + r.path);
  REQUIRE(got);
  REQUIRE(r.cluster.emitted.size() == 3);
  CHECK(r.cluster.emitted[0].find("decode@decode-1 of cluster demo, recorded 20") == 0);
  CHECK(std::equal(traced.begin(), traced.end(), r.cluster.emitted.begin() + 1));
  CHECK(std::equal(objects.begin(), objects.end(), r.cluster.objects.begin() + 1));
  CHECK(r.cluster.pauses.empty());
  CHECK(got->after.at(0) == "2 of 2 messages shown, 6 were over the rate when it was recorded");
}

TEST_CASE("a replay takes its own times at a terminal, and others if asked") {
  recording r;
  REQUIRE(r.record());
  const auto waited = [&](const std::string& flags, bool at_terminal) {
    r.cluster.pauses.clear();
    r.cluster.at_terminal = at_terminal;
    REQUIRE(r.cluster.run("replay " + r.path + flags));
    return std::accumulate(r.cluster.pauses.begin(), r.cluster.pauses.end(), duration{0});
  };
  CHECK(waited("", true) == 901'500us);
  CHECK(waited(" --speed 2", false) == 450'750us);
  CHECK(waited(" --speed max", true) == duration{0});
  CHECK(waited(" tokens", true) == 901'500us);
  CHECK(waited(" generate", true) == 1500us);
  CHECK(r.cluster.run("replay " + r.path + " --speed 0").err().code == errc::invalid_value);
  CHECK(r.cluster.run("replay " + r.path + " --speed fast").err().code == errc::invalid_value);
}

TEST_CASE("a text picks messages, and Ctrl-C ends a replay") {
  recording r;
  REQUIRE(r.record());
  const auto some = r.cluster.run("replay " + r.path + " step=1");
  REQUIRE(some);
  CHECK(r.cluster.emitted.size() == 2);
  CHECK(told(*some, "shown") == json::value{1});
  CHECK(told(*some, "lines") == json::value{2});
  CHECK(told(*r.cluster.run("replay " + r.path + " 'gateway-1  tell  tok'"), "shown")
        == json::value{1});
  CHECK(told(*r.cluster.run("replay " + r.path + " 901"), "shown") == json::value{0}); // A time.
  r.cluster.ctrl_c = true;
  r.cluster.emitted.clear();
  const auto ended = r.cluster.run("replay " + r.path + " --speed 1");
  REQUIRE(ended);
  CHECK(r.cluster.emitted.size() == 1);
  CHECK(told(*ended, "skipped").is_null());
}

TEST_CASE("what is no recording is refused before anything is shown") {
  recording r;
  REQUIRE(r.record());
  const auto whole = r.text();
  const auto refused = [&](const std::string& text) {
    r.write(text);
    r.cluster.emitted.clear();
    const auto got = r.cluster.run("replay " + r.path);
    REQUIRE_FALSE(got);
    CHECK(r.cluster.emitted.empty());
    return got.err().text;
  };
  CHECK(refused(whole + "x").find(":5: nothing may stand behind") != std::string::npos);
  CHECK(refused("").find(":1: ") != std::string::npos);
  CHECK(refused(std::string(20'000, '\0')).find(":1: the line is longer") != std::string::npos);
  CHECK(r.cluster.run("replay " + r.directory.file("none")).err().code == errc::not_found);
  CHECK(r.cluster.run("replay " + r.directory.file("")).err().code == errc::invalid_value);
  CHECK(r.cluster.run("replay /dev/zero").err().code == errc::invalid_value);
  const auto cut = whole.substr(0, whole.find("{\"ended\""));
  r.write(cut);
  CHECK(r.cluster.run("replay " + r.path)->after.at(0).find("was cut short") != std::string::npos);
}
