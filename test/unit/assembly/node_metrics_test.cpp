// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/assembly/node_metrics.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

using namespace troupe;

namespace {

/// A process of every role.
node_stats all_roles() {
  node_stats all{.node = "n1", .resident_bytes = 4096};
  all.membership.emplace();
  all.directory.emplace();
  all.store.emplace();
  all.gateway.emplace();
  all.router.emplace();
  all.worker.emplace();
  all.cache.emplace();
  all.slots.emplace()["decode-1"] = {.running = true, .restarts = 2};
  return all;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

} // namespace

TEST_CASE("what is not a role of the process has no series") {
  const auto text = metrics_text({.node = "n1", .resident_bytes = 4096});

  CHECK(has_line(text, "troupe_process_resident_bytes{node=\"n1\"} 4096"));
  CHECK(text.find("troupe_bus_sessions") != std::string::npos);
  for (const auto* role : {"troupe_gateway", "troupe_router", "troupe_worker", "troupe_cache"}) {
    CHECK(text.find(role) == std::string::npos);
  }
}

TEST_CASE("a gateway's requests are told by outcome and its latencies in buckets") {
  auto all = all_roles();
  all.gateway->completed = 3;
  all.gateway->abandoned = 1;
  all.gateway->accepted_tokens = 70;
  all.gateway->first_token_s.add(0.0015);
  all.gateway->first_token_s.add(0.25);

  const auto text = metrics_text(all);

  const std::string requests = "troupe_gateway_requests_total{node=\"n1\",outcome=";
  CHECK(has_line(text, requests + "\"completed\"} 3"));
  CHECK(has_line(text, requests + "\"failed\"} 0"));
  CHECK(has_line(text, requests + "\"abandoned\"} 1"));
  CHECK(has_line(text, "troupe_gateway_completion_tokens_total{node=\"n1\"} 70"));
  const std::string ttft = "troupe_gateway_time_to_first_token_seconds_";
  CHECK(has_line(text, ttft + "bucket{node=\"n1\",le=\"0.001\"} 0"));
  CHECK(has_line(text, ttft + "bucket{node=\"n1\",le=\"0.002\"} 1"));
  CHECK(has_line(text, ttft + "bucket{node=\"n1\",le=\"+Inf\"} 2"));
  CHECK(has_line(text, ttft + "sum{node=\"n1\"} 0.2515"));
}

TEST_CASE("the slots of a worker's pool add up to all of it") {
  auto all = all_roles();
  all.worker->engine = {.free_blocks = 50,
                        .total_blocks = 64,
                        .owned_blocks = 4,
                        .shared_blocks = 30,
                        .limbo_blocks = 2,
                        .step_seconds = 0.5};
  all.worker->out = {.transfers = 1, .bytes = 256};

  const auto text = metrics_text(all);

  const std::string pool = "troupe_worker_pool_blocks{node=\"n1\",state=";
  CHECK(has_line(text, pool + "\"free\"} 28"));
  CHECK(has_line(text, pool + "\"owned\"} 4"));
  CHECK(has_line(text, pool + "\"shared\"} 30"));
  CHECK(has_line(text, pool + "\"limbo\"} 2"));
  CHECK(has_line(text, "# TYPE troupe_worker_step_seconds_total counter"));
  CHECK(has_line(text, "troupe_worker_step_seconds_total{node=\"n1\"} 0.5"));
  CHECK(has_line(text, "troupe_worker_transfer_bytes_total{direction=\"out\",node=\"n1\"} 256"));
}

TEST_CASE("a slot's restarts are told by its name") {
  const auto text = metrics_text(all_roles());

  CHECK(has_line(text, "troupe_node_restarts_total{node=\"n1\",slot=\"decode-1\"} 2"));
  CHECK(has_line(text, "troupe_node_slot_running{node=\"n1\",slot=\"decode-1\"} 1"));
}

TEST_CASE("docs/metrics.md lists every metric with its type, and no other") {
  std::ifstream file{TROUPE_SOURCE_DIR "/docs/metrics.md"};
  std::set<std::string> documented;
  for (std::string line; std::getline(file, line);) {
    std::istringstream cells{line};
    std::string bar;
    std::string name;
    std::string type;
    if (line.starts_with("| `troupe_") && cells >> bar >> name >> bar >> type) {
      documented.insert(name.substr(1, name.size() - 2) + " " + type);
    }
  }
  std::set<std::string> exported;
  std::istringstream text{metrics_text(all_roles())};
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("# TYPE ")) {
      exported.insert(line.substr(7));
    }
  }

  CHECK(exported.size() > 30);
  CHECK(documented == exported);
}
