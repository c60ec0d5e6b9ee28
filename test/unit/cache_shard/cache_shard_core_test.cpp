// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/cache_shard/cache_shard_core.hpp"

#include "runtime/base/hash.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

const actor_ref worker{{{2}, {22}}, 1};
const actor_ref reader{{{3}, {33}}, 1};
const layout_id layout{7};

block_name name(std::uint64_t n) {
  return {hash128{0, n}};
}

struct rig {
  explicit rig(std::size_t capacity_bytes = 1000)
      : core({.me = {{{1}, {11}}, 4},
              .node_name = "c1",
              .capacity_bytes = capacity_bytes,
              .store_fails = [this](store_act) {
                return is_broken;
              }}) {}

  template <bus_message M>
  void say(const actor_ref& from, M what, std::uint64_t request = 0) {
    const delivery in{.from = from,
                      .what = request != 0 ? delivery::kind::request : delivery::kind::tell,
                      .request_id = request,
                      .body = message::of(std::move(what))};
    context cx{now, out, &in};
    REQUIRE(dispatch(core, in, cx));
    core.check_invariants();
  }
  void down(const actor_ref& who) {
    context cx{now, out};
    core.on_down(who, {errc::peer_gone, "gone"}, cx);
    core.check_invariants();
  }
  void tick() {
    context cx{now, out};
    core.tick(cx);
    core.check_invariants();
  }

  transfer_open offer(std::vector<block_name> names) {
    say(worker, kv_put{.offer = 5, .names = std::move(names), .layout = layout, .block_bytes = 100},
        8);
    return *out.sent<transfer_open>().back();
  }
  part block(transfer_id id, std::uint32_t ordinal, std::uint64_t n, std::size_t size = 100) {
    const bytes data(size, static_cast<std::byte>(n));
    return {.transfer = id,
            .ordinal = ordinal,
            .block = name(n),
            .layout = layout,
            .checksum = hash64(data),
            .attachment = blob(data)};
  }
  /// Puts blocks [from, to) under their numbers.
  void fill(std::uint64_t from, std::uint64_t to) {
    std::vector<block_name> names;
    for (auto n = from; n < to; ++n) {
      names.push_back(name(n));
    }
    const auto open = offer(names);
    for (std::uint32_t i = 0; i < names.size(); ++i) {
      say(worker, block(open.transfer, i, from + i));
    }
  }
  template <bus_message M>
  const M& last() {
    const auto all = out.sent<M>();
    REQUIRE(!all.empty());
    return *all.back();
  }

  bool is_broken = false;
  time_point now = time_point{} + 1h;
  outbox out;
  cache_shard_core core;
};

} // namespace

TEST_CASE("shard takes what it lacks and gives it back") {
  rig r;
  r.fill(1, 4);
  CHECK(r.core.store().size() == 3);
  CHECK(r.core.is_quiet());
  CHECK(r.out.sent<part_ack>(worker).size() == 3);
  CHECK(r.offer({name(2), name(9), name(9)}).names == std::vector{name(9)});

  r.say(reader, kv_get{{{33}, 1}, {}, {name(1), name(8), name(3)}, layout}, 2);
  const auto parts = r.out.sent<part>(reader);
  REQUIRE(parts.size() == 2);
  CHECK(parts[1]->ordinal == 2);
  CHECK(parts[1]->block == name(3));
  CHECK(parts[1]->checksum == hash64(parts[1]->attachment.view()));
  CHECK(r.last<transfer_done>().parts == 2);
}

TEST_CASE("shard answers an offer of nothing new with no names") {
  rig r;
  r.fill(1, 3);
  CHECK(r.offer({name(1)}).names.empty());
  CHECK(r.core.is_quiet());
}

TEST_CASE("shard gives blocks in their own layout only") {
  rig r;
  r.fill(1, 2);
  r.say(reader, kv_get{{{33}, 1}, {}, {name(1)}, {8}}, 2);
  CHECK(r.out.sent<part>().empty());
  CHECK(r.last<transfer_done>().parts == 0);
}

TEST_CASE("shard drops damaged, foreign, late and doubled parts") {
  rig r;
  const auto open = r.offer({name(1), name(2)});
  auto damaged = r.block(open.transfer, 0, 1);
  damaged.checksum += 1;
  r.say(worker, damaged);
  CHECK(!r.last<part_ack>().taken);
  r.say(reader, r.block(open.transfer, 1, 2));
  CHECK(!r.last<part_ack>().taken);
  r.say(worker, r.block(open.transfer, 1, 2));
  CHECK(r.last<part_ack>().taken);
  CHECK(r.core.is_quiet());
  r.say(worker, r.block(open.transfer, 1, 2));
  CHECK(!r.last<part_ack>().taken);
  CHECK(r.core.store().size() == 1);
}

TEST_CASE("shard takes a block whose window has passed, but no more bytes than were offered") {
  rig r;
  const auto open = r.offer({name(1), name(2), name(3)});
  r.say(worker, r.block(open.transfer, 0, 1, 101));
  CHECK(!r.last<part_ack>().taken);
  r.say(worker, r.block(open.transfer, 1, 2, 0));
  CHECK(!r.last<part_ack>().taken);
  r.say(worker, r.block(open.transfer, 2, 3, 60));
  CHECK(r.last<part_ack>().taken);
  CHECK(r.core.store().used_bytes() == 60);
}

TEST_CASE("shard keeps to its bytes and announces what comes and goes") {
  rig r(400);
  r.say(reader, kv_resync{});
  CHECK(r.last<kv_snapshot>().last);
  CHECK(r.last<kv_snapshot>().tier == kv_tier::host);
  r.fill(1, 3);
  r.fill(3, 5);
  r.fill(5, 6);
  CHECK(r.core.store().used_bytes() == 400);
  CHECK(r.last<kv_delta>().seq == 5);
  CHECK(r.last<kv_delta>().stored == std::vector{name(5)});
  CHECK(r.last<kv_delta>().removed == std::vector{name(1)});
  CHECK(r.last<kv_delta>().pool.node == node_ref{{1}, {11}});
  r.now += 1s;
  r.tick();
  CHECK(r.last<kv_digest>().count == 4);
}

TEST_CASE("one offer may not take more than half of the shard") {
  rig r(400);
  CHECK(r.offer({name(1), name(2), name(3), name(4)}).names.size() == 2);
}

TEST_CASE("shard closes transfers of peers that are done, stop, fall silent or go down") {
  rig r;
  const auto open = r.offer({name(1), name(2)});
  SUBCASE("done") {
    r.say(worker, transfer_done{.transfer = open.transfer});
  }
  SUBCASE("stopped") {
    r.say(worker, transfer_stopped{open.transfer, {}});
  }
  SUBCASE("silent") {
    r.now = *r.core.next_wake();
    r.tick();
    CHECK(r.out.sent<transfer_stopped>(worker).size() == 1);
  }
  SUBCASE("down") {
    r.down(worker);
  }
  CHECK(r.core.is_quiet());
}

TEST_CASE("shard pushes no more than its window and forgets readers that go") {
  rig r(10'000);
  r.fill(1, 21);
  r.say(reader, kv_get{{{33}, 1}, {}, r.core.store().names(), layout}, 2);
  CHECK(r.out.sent<part>(reader).size() == 8);
  r.say(reader, part_ack{{{33}, 1}, 0, true});
  CHECK(r.out.sent<part>(reader).size() == 9);
  r.say(reader, transfer_stopped{{{33}, 1}, {}});
  CHECK(r.core.is_quiet());
}

TEST_CASE("shard answers for its status") {
  rig r;
  r.say(reader, status_query{}, 3);
  CHECK(r.last<status_report>().actor == "cache_shard c1");
}

TEST_CASE("an operator evicts blocks and routers hear of it; pins and heat are told") {
  rig r(400);
  r.say(reader, kv_resync{});
  r.fill(1, 3);

  r.say(worker, cache_care{.act = cache_act::pin, .names = {name(1), name(9)}, .who = "me"}, 3);
  CHECK(r.last<cache_cared>().blocks == 1);
  r.say(worker, heat_query{}, 4);
  REQUIRE(r.last<heat_report>().bands.size() == 1);
  CHECK(r.last<heat_report>().bands.front().blocks == 2);
  CHECK(r.last<heat_report>().bands.front().pinned_blocks == 1);

  r.say(worker, cache_care{.act = cache_act::evict, .names = {name(1), name(9)}, .who = "me"}, 5);
  CHECK(r.last<cache_cared>().blocks == 1);
  CHECK(r.last<kv_delta>().removed == std::vector{name(1)});
  CHECK(r.core.store().size() == 1);
}

TEST_CASE("a store that answers errors costs a shard hits, and nobody an answer") {
  rig r;
  r.say(reader, kv_resync{});
  r.fill(1, 3);
  r.is_broken = true;
  const auto open = r.offer({name(3)});
  r.say(worker, r.block(open.transfer, 0, 3));
  CHECK_FALSE(r.last<part_ack>().taken);
  CHECK(r.core.is_quiet());
  CHECK(r.out.sent<kv_delta>().size() == 2); // Routers do not hear of it.

  r.say(reader, kv_get{{{33}, 1}, {}, {name(1), name(2)}, layout}, 2);
  CHECK(r.last<transfer_done>().parts == 0);
  CHECK(r.core.stats().misses == 2);
  r.is_broken = false;
  r.say(reader, kv_get{{{33}, 2}, {}, {name(1), name(2), name(3)}, layout}, 3);
  CHECK(r.last<transfer_done>().parts == 2);
}
