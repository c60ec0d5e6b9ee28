// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/transfer/sending.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

const actor_ref receiver{{{2}, {22}}, 1};
const transfer_id id{{22}, 1};
const time_point t0 = time_point{} + 1h;

struct rig {
  watch_counts watches;
  sending table{{.transfers_max = 2, .window_parts = 2}, watches};
  outbox out;

  void begin(bool as_request = true) {
    const delivery asked{.from = receiver,
                         .what = as_request ? delivery::kind::request : delivery::kind::tell,
                         .request_id = 9};
    REQUIRE(table.begin(id, asked, true, t0, out));
  }
  void push(std::uint32_t ordinal) {
    table.push({.transfer = id, .ordinal = ordinal}, t0, out);
    table.check_invariants();
  }
  void ack(std::uint32_t ordinal) {
    table.acked({id, ordinal, true}, receiver, t0, out);
    table.check_invariants();
  }
};

} // namespace

TEST_CASE("sending keeps to its window, in order, and ends after the last part has left") {
  rig r;
  r.begin();
  for (std::uint32_t i = 0; i < 4; ++i) {
    r.push(i);
  }
  r.table.finish(id, {.cached_tokens = 3}, r.out);
  CHECK(r.out.sent<part>().size() == 2);
  CHECK(r.out.sent<transfer_done>().empty());

  r.ack(1);
  r.ack(0);
  CHECK(r.out.sent<part>().size() == 4);
  REQUIRE(r.out.sent<transfer_done>().size() == 1);
  CHECK(r.out.sent<transfer_done>()[0]->parts == 4);
  CHECK(r.out.sent<transfer_done>()[0]->cached_tokens == 3);
  CHECK(r.out.sends().back().request_id == 9);
  CHECK(r.table.is_known(id));
  r.ack(2);
  r.ack(3);
  CHECK(!r.table.is_known(id));
  CHECK(r.watches.size() == 0);
}

TEST_CASE("sending tells the end to who only told") {
  rig r;
  r.begin(false);
  r.table.finish(id, {}, r.out);
  CHECK(r.out.sends().back().what == delivery::kind::tell);
  CHECK(!r.table.is_known(id));
}

TEST_CASE("sending ignores acknowledgements of others and of parts not sent") {
  rig r;
  r.begin();
  r.push(0);
  r.table.acked({id, 0, true}, actor_ref{{{3}, {3}}, 1}, t0, r.out);
  r.ack(7);
  CHECK(r.table.backlog(id) == 1);
}

TEST_CASE("a receiver that stops gets nothing more but its answer") {
  rig r;
  r.begin();
  r.push(0);
  CHECK(!r.table.stopped(id, actor_ref{{{3}, {3}}, 1}, r.out));
  CHECK(r.table.stopped(id, receiver, r.out));
  r.push(1);
  CHECK(r.out.sent<part>().size() == 1);
  CHECK(r.out.sends().back().what == delivery::kind::response);
}

TEST_CASE("sending stops what nobody acknowledges") {
  rig r;
  r.begin();
  r.push(0);
  REQUIRE(r.table.next_wake());
  CHECK(r.table.tick(*r.table.next_wake() - 1ns, r.out).empty());
  CHECK(r.table.tick(*r.table.next_wake(), r.out) == std::vector{id});
  CHECK(r.out.sent<transfer_stopped>().size() == 1);
  CHECK(!r.table.next_wake());
}

TEST_CASE("sending is bounded and takes a number once") {
  rig r;
  r.begin();
  const delivery asked{.from = receiver};
  CHECK(!r.table.begin(id, asked, true, t0, r.out));
  CHECK(r.table.begin({{22}, 2}, asked, true, t0, r.out));
  CHECK(!r.table.begin({{22}, 3}, asked, true, t0, r.out));
}
