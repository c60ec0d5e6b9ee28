// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/unit/worker/worker_rig.hpp"

using namespace troupe;

namespace {

/// Computes a prompt of 6 blocks here; the shard has nothing.
void compute(worker_rig& rig) {
  rig.meet();
  rig.say(rig.gateway, rig.request(1));
  rig.engine_says({engine::reserved{rig.sequence(), 0, 6}});
  rig.respond(rig.request_of<kv_get>(), transfer_done{.transfer = rig.last<kv_get>().transfer});
  rig.engine_says({engine::pool_log_entry{1, rig.names(worker_rig::prompt(100)), {}}});
}

} // namespace

TEST_CASE("worker offers finished prompt blocks to the shard and pushes what it wants") {
  worker_rig rig;
  compute(rig);
  const auto put = rig.last<kv_put>();
  CHECK(put.names == rig.names(worker_rig::prompt(100)));
  CHECK(put.block_bytes == worker_rig::block_bytes);

  const transfer_id id{{5000}, 3};
  rig.respond(rig.request_of<kv_put>(), transfer_open{id, put.offer, {put.names[4], put.names[5]}});
  const auto exports = rig.engine.got<engine::export_blocks>();
  REQUIRE(exports.size() == 1);
  CHECK(exports[0].names.size() == 2);
  auto one = rig.block(id, 4);
  rig.engine_says({engine::exported{.id = exports[0].id,
                                    .index = 0,
                                    .name = one.block,
                                    .layout = rig.layout,
                                    .checksum = one.checksum,
                                    .data = one.attachment},
                   engine::export_done{exports[0].id, {1}}});

  CHECK(rig.count<part>(rig.shard) == 1);
  CHECK(rig.last<part>().ordinal == 0);
  CHECK(rig.last<transfer_done>().parts == 1);
  rig.say(rig.shard, part_ack{id, 0, true});
  rig.say(rig.gateway, cancel{{1}, {1}});
  rig.engine_says({engine::produced{rig.sequence(), 0, {}, engine::end_kind::cancelled}});
  CHECK(rig.core->is_quiet());
}

TEST_CASE("worker exports nothing that it did not offer") {
  worker_rig rig;
  compute(rig);
  const auto offer = rig.last<kv_put>().offer;
  rig.respond(rig.request_of<kv_put>(),
              transfer_open{{{5000}, 3}, offer, {block_name{hash128{1, 1}}}});
  CHECK(rig.engine.got<engine::export_blocks>().empty());
  rig.say(rig.shard, transfer_open{{{5000}, 4}, offer, {}});
  CHECK(rig.engine.got<engine::export_blocks>().empty());
}

TEST_CASE("worker answers kv_get by exporting the names and reports how many there were") {
  worker_rig rig;
  const auto peer = actor_of(9);
  const auto names = rig.names(worker_rig::prompt(100));
  rig.ask(peer, 3, kv_get{{{9000}, 1}, {.model = rig.digest}, names, rig.layout});
  const auto asked = rig.engine.got<engine::export_blocks>();
  REQUIRE(asked.size() == 1);
  rig.engine_says({engine::export_done{asked[0].id, {0, 1, 2, 3, 4, 5}}});
  CHECK(rig.last<transfer_done>().parts == 0);
  CHECK(rig.core->is_quiet());

  rig.ask(peer, 4, kv_get{{{9000}, 2}, {.model = rig.digest}, names, {1}});
  CHECK(rig.last<transfer_stopped>().why.code == errors::wrong_model);
}

TEST_CASE("a shard that is gone costs the offer only") {
  worker_rig rig;
  compute(rig);
  rig.respond(rig.request_of<kv_put>(), error{errc::peer_gone, "gone"});
  rig.engine_says({engine::produced{rig.sequence(), 0, {1}, engine::end_kind::stop}});
  CHECK(rig.core->is_quiet());
}
