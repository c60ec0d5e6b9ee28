// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_runs.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

/// What the simulation says of a cluster that breaks that rule, over at most `seeds` seeds.
std::string found(const std::string& mutant, std::uint64_t seeds) {
  const auto done = run_seeds({.requests = 200, .mutant = mutant},
                              {.seeds = seeds, .twice = false, .stop_at_first = true});
  REQUIRE(done.has_value());
  if (done->failures.empty()) {
    return {};
  }
  MESSAGE(mutant, ", seed ", done->failures[0].seed, ": ", done->failures[0].failure);
  return done->failures[0].failure;
}

bool names(const std::string& failure, const char* what) {
  return failure.find(what) != std::string::npos;
}

} // namespace

TEST_CASE("a gateway that reuses stream ids is found") {
  const auto failure = found("reused_stream_ids", 40);

  CHECK((names(failure, "property 1") || names(failure, "property 5")));
}

TEST_CASE("an engine without limbo is found by its slots' tags") {
  CHECK(names(found("no_limbo", 5), "property 2"));
}

TEST_CASE("falling back before queued imports are answered is found by the slots' tags") {
  CHECK(names(found("eager_fallback", 60), "property 2"));
}

TEST_CASE("a worker that mints attempts is found by what it costs innocent requests") {
  CHECK(names(found("worker_minted_attempt", 60), "property 5"));
}

TEST_CASE("a lane chosen by size is found") {
  CHECK_FALSE(found("lane_by_size", 5).empty());
}

TEST_CASE("messages that outlive their session are found at dispatch") {
  CHECK(names(found("session_not_kept", 40), "links.stands"));
}

TEST_CASE("a snapshot that claims what it lacks is found by the router's view") {
  CHECK(names(found("eager_snapshot", 5), "property 4"));
}

TEST_CASE("a shard that takes what its store could not keep for kept is found by its log") {
  CHECK(names(found("put_unchecked", 40), "log_.count()"));
}
