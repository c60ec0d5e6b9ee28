// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/unit/worker/worker_rig.hpp"

using namespace troupe;

TEST_CASE("worker reports at most every 50 ms and only while something changes") {
  worker_rig rig;
  rig.meet();
  const auto first = rig.count<worker_report>(rig.router);
  CHECK(first >= 1);

  for (int i = 0; i < 10; ++i) {
    rig.stats.running = static_cast<std::uint32_t>(i);
    rig.engine_says({});
    rig.pass(5ms);
  }
  CHECK(rig.count<worker_report>(rig.router) <= first + 2);
  rig.pass(1s);
  const auto settled = rig.count<worker_report>(rig.router);
  CHECK(rig.last<worker_report>().running == 9);
  rig.pass(10s);
  CHECK(rig.count<worker_report>(rig.router) == settled);
}

TEST_CASE("worker report says which placement of each router has arrived") {
  worker_rig rig;
  rig.meet();
  rig.say(rig.gateway, rig.request(7));
  auto older = rig.request(9);
  older.placed.no = 3;
  rig.say(rig.gateway, older);
  rig.pass(60ms);

  REQUIRE(rig.last<worker_report>().seen.size() == 1);
  CHECK(rig.last<worker_report>().seen[0].router == rig.router);
  CHECK(rig.last<worker_report>().seen[0].no == 7);
}

TEST_CASE("subscriber gets a snapshot not older than its question, then deltas and digests") {
  worker_rig rig;
  rig.engine_says({engine::pool_log_entry{1, {block_name{{1, 1}}}, {}}});
  rig.say(rig.router, kv_resync{});
  CHECK(rig.snapshots_asked == 1);
  rig.engine_says({engine::pool_log_entry{2, {block_name{{2, 2}}}, {}}});
  context cx{rig.now, rig.out};

  rig.core->on_snapshot({2, {block_name{{1, 1}}, block_name{{2, 2}}}}, cx);

  REQUIRE(rig.count<kv_snapshot>(rig.router) == 1);
  CHECK(rig.last<kv_snapshot>().as_of == 2);
  CHECK(rig.last<kv_snapshot>().last);
  rig.engine_says({engine::pool_log_entry{3, {}, {block_name{{1, 1}}}}});
  CHECK(rig.last<kv_delta>().seq == 3);
  CHECK(rig.last<kv_delta>().epoch == rig.last<worker_report>().pool_epoch);
  rig.pass(1s);
  CHECK(rig.last<kv_digest>().count == 1);
  CHECK(rig.last<kv_digest>().names_xor == hash128{2, 2});

  rig.down(rig.router);
  const auto before = rig.count<kv_delta>();
  rig.engine_says({engine::pool_log_entry{4, {block_name{{1, 1}}}, {}}});
  CHECK(rig.count<kv_delta>() == before);
}

TEST_CASE("worker answers with its card, without files for who has them") {
  worker_rig rig;
  rig.ask(rig.gateway, 1, model_card_query{});
  CHECK(rig.last<model_card>().attachment.size() == 10);
  rig.ask(rig.gateway, 2, model_card_query{rig.digest});
  CHECK(rig.last<model_card>().attachment.empty());
}

TEST_CASE("worker answers for its status") {
  worker_rig rig;
  rig.ask(rig.gateway, 1, status_query{});
  CHECK(rig.last<status_report>().actor == "worker w1");
  CHECK(rig.last<status_report>().facts.size() > 10);
}
