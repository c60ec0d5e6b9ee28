// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/unit/bus/one_side.hpp"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

using namespace troupe;
using namespace troupe::test;

TEST_CASE("an envelope comes back as it was, and cut or foreign ones are refused") {
  const envelope before{frame_kind::request, 7, 8, 9, 10, 11, 12, 13};
  bytes data;
  write_envelope(before, data);
  REQUIRE(data.size() == envelope_bytes);
  CHECK(*read_envelope(data) == before);
  for (std::size_t size = 0; size < envelope_bytes; ++size) {
    CHECK(!read_envelope(bytes_view(data).first(size)));
  }
  auto foreign = data;
  foreign[0] = std::byte{9};
  CHECK(!read_envelope(foreign));
  foreign = data;
  foreign[1] = std::byte{99};
  CHECK(!read_envelope(foreign));
}

TEST_CASE("a gap and a double in a lane's sequence end the session") {
  one_side gap;
  CHECK(!gap.feed(lane::control, {.kind = frame_kind::ping, .seq = 4}));
  one_side twice;
  CHECK(twice.feed(lane::control, {.kind = frame_kind::ping, .seq = 3}));
  CHECK(!twice.feed(lane::control, {.kind = frame_kind::ping, .seq = 3}));
}

TEST_CASE("nothing is taken before the peer is ready for this very session") {
  one_side early(unready{});
  CHECK(!early.feed(lane::control, tell_of(1)));
  CHECK(early.got.empty());
  one_side other(unready{});
  CHECK(!other.feed(lane::control, {.kind = frame_kind::ready, .request_id = my_nonce + 1}));
  CHECK(!other.s.up());
  one_side again;
  CHECK(!again.feed(lane::control, {.kind = frame_kind::ready, .request_id = my_nonce}));
}

TEST_CASE("frames on the wrong lane, a second hello and bytes that do not parse end it") {
  one_side a;
  CHECK(!a.feed(lane::bulk, {.kind = frame_kind::ping}));
  one_side b;
  CHECK(!b.feed(lane::control, {.kind = frame_kind::chunk}));
  one_side c;
  CHECK(!c.feed(lane::control, {.kind = frame_kind::hello}));
  one_side d;
  CHECK(!d.s.on_frame(lane::control, {.head = blob(bytes(3))}, [](arrival&&) {}));
}

TEST_CASE("what comes before the peer heard of us, or of another session, ends it") {
  const auto first_is = [](const envelope& head) {
    one_side a;
    session s({.serial = 2, .nonce = 12, .link = 2}, a.limits, a.table, a.net, a.gate);
    s.say_hello({});
    s.accept({{node_id{3}, incarnation{3}}, 6}, {});
    int delivered = 0;
    bytes data;
    write_frame(head, {}, data);
    const auto fine =
        s.on_frame(lane::control, {.head = blob(std::move(data))}, [&](arrival&&) { ++delivered; });
    return std::pair(fine.has_value(), delivered);
  };
  auto early = tell_of(1);
  early.seq = 2;
  CHECK(first_is(early) == std::pair(false, 0));
  CHECK(first_is({.kind = frame_kind::ping, .seq = 2}) == std::pair(false, 0));
  CHECK(first_is({.kind = frame_kind::ready, .request_id = 99, .seq = 2}) == std::pair(false, 0));
  CHECK(first_is({.kind = frame_kind::ready, .request_id = 12, .seq = 2}) == std::pair(true, 1));
  one_side twice;
  CHECK(!twice.feed(lane::control, {.kind = frame_kind::ready, .request_id = my_nonce}));
}

TEST_CASE("a peer that sends more than it was granted, or returns what it never got, is cut off") {
  one_side a({.control_window_bytes = 10'000});
  bool ended = false;
  for (int i = 0; i < 40 && !ended; ++i) {
    ended = !a.feed(lane::control, tell_of(1), bytes(100'000));
  }
  CHECK(ended);
  CHECK(a.got.size() <= 11);

  one_side b;
  CHECK(!b.feed(lane::control, {.kind = frame_kind::credit}, encode_credit({.control_bytes = 1})));
}

TEST_CASE("credit is given back when the message is destroyed, in halves of a quarter at least") {
  one_side a({.control_window_bytes = 10'000});
  REQUIRE(a.feed(lane::control, tell_of(1), bytes(5'000)));
  CHECK(a.tick());
  CHECK(a.net.sent.empty());
  CHECK(a.s.unreturned_bytes() == 5'048);

  a.got.clear();

  CHECK(a.net.wakes == 1);
  CHECK(a.tick());
  REQUIRE(a.net.sent.size() == 1);
  CHECK(read_envelope(a.net.sent[0].second.head.view())->kind == frame_kind::credit);
  CHECK(a.s.unreturned_bytes() == 0);
}

TEST_CASE("each lane's destroyed bytes call for credit by themselves") {
  one_side a({.control_window_bytes = 1'000, .bulk_window_bytes = 1'000'000});
  auto head = tell_of(5);
  head.attachment_bytes = 200'000;
  for (const std::uint64_t seq : {3U, 4U}) {
    REQUIRE(a.chunk(seq, 0, 200'000, 200'000));
    REQUIRE(a.feed(lane::control, head));
  }
  a.got.pop_back();
  CHECK(a.net.wakes == 0);
  CHECK(a.tick());
  CHECK(a.net.sent.empty());
  a.got.clear();
  CHECK(a.net.wakes == 1);
  CHECK(a.tick());
  CHECK(a.net.sent.size() == 1);
}

TEST_CASE("an attachment is joined whichever lane is first, and delivered once") {
  one_side a;
  auto head = tell_of(5);
  head.attachment_bytes = 10;
  REQUIRE(a.chunk(3, 0, 10, 6));
  REQUIRE(a.feed(lane::control, head));
  CHECK(a.got.empty());
  REQUIRE(a.chunk(3, 6, 10, 4));
  REQUIRE(a.got.size() == 1);
  CHECK(a.got[0].attachment.size() == 10);

  REQUIRE(a.chunk(4, 0, 10, 10));
  CHECK(a.got.size() == 1);
  REQUIRE(a.feed(lane::control, head));
  CHECK(a.got.size() == 2);
}

TEST_CASE("pieces out of place, over the limits or never completed end the session") {
  one_side a;
  CHECK(!a.chunk(3, 5, 10, 5));
  one_side b;
  CHECK(!b.chunk(3, 0, 10, 11));
  one_side c;
  CHECK(!c.chunk(3, 0, c.limits.attachment_bytes_max + 1, 5));
  one_side d;
  CHECK(!d.chunk(3, 0, 0, 0));
  one_side e({.attachment_bytes_max = 1000});
  auto head = tell_of(5);
  head.attachment_bytes = 1001;
  CHECK(!e.feed(lane::control, head));
  one_side f({.silence_max = 1h});
  REQUIRE(f.chunk(3, 0, 10, 5));
  f.net.time += 9s;
  CHECK(f.tick());
  f.net.time += 1s;
  CHECK(!f.tick());
}

TEST_CASE("silence ends the session, pings keep the peer's") {
  one_side a;
  a.net.time += 500ms;
  CHECK(a.tick());
  REQUIRE(a.net.sent.size() == 1);
  CHECK(read_envelope(a.net.sent[0].second.head.view())->kind == frame_kind::ping);
  a.net.time += 1400ms;
  REQUIRE(a.feed(lane::control, {.kind = frame_kind::ping}));
  a.net.time += 1900ms;
  CHECK(a.tick());
  a.net.time += 100ms;
  CHECK(!a.tick());
}

TEST_CASE("what a full link does not take follows later, in order") {
  one_side a;
  a.net.full = true;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    auto head = tell_of(1);
    head.request_id = i;
    REQUIRE(a.s.send({.head = head}));
  }
  CHECK(a.net.sent.empty());

  a.net.full = false;
  CHECK(a.tick());

  REQUIRE(a.net.sent.size() == 3);
  for (std::uint64_t i = 0; i < 3; ++i) {
    CHECK(read_envelope(a.net.sent[i].second.head.view())->request_id == i + 1);
  }
}

TEST_CASE("a type the peer does not know is refused") {
  one_side a;
  const auto sent = a.s.send({.head = tell_of(99)});
  REQUIRE(sent);
  CHECK(*sent == session::fate::unknown_type);
}

TEST_CASE("arbitrary bytes never crash a session") {
  std::uint64_t x = 1;
  for (int round = 0; round < 2'000; ++round) {
    one_side a({.attachment_bytes_max = 1 << 20});
    for (int i = 0; i < 5; ++i) {
      x = x * 6364136223846793005ULL + 1442695040888963407ULL;
      envelope head{.kind = static_cast<frame_kind>(1 + (x >> 33U) % frame_kind_last),
                    .type = static_cast<wire_type>((x >> 40U) % 7),
                    .source = (x >> 20U) % 50,
                    .request_id = (x >> 10U) % 10,
                    .attachment_bytes = (x >> 50U) % 100};
      const auto way = head.kind == frame_kind::chunk ? lane::bulk : lane::control;
      if (!a.feed(way, head, bytes((x >> 13U) % 40, std::byte{0x81}), blob(bytes(x % 60)))) {
        break;
      }
    }
  }
}
