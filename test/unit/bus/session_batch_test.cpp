// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/codec/reader.hpp"
#include "test/unit/bus/one_side.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

void tell(one_side& from, std::uint64_t number, std::size_t size = 10) {
  auto head = tell_of(1);
  head.request_id = number;
  REQUIRE(from.s.send({.head = head, .body = bytes(size)}));
}

/// The link is busy from now on.
void make_busy(one_side& a) {
  for (int i = 0; i < 5; ++i) {
    tell(a, 0);
  }
  a.s.flush_batch();
  a.net.sent.clear();
}

frame_kind kind_of(const std::pair<lane, frame>& sent) {
  return read_envelope(sent.second.head.view())->kind;
}

bytes batch_of(std::initializer_list<envelope> heads) {
  bytes out;
  for (const auto& head : heads) {
    append_to_batch(out, head, {});
  }
  return out;
}

} // namespace

TEST_CASE("an idle link sends at once, a busy one gathers until it is flushed") {
  one_side a({}, feature::all);
  a.net.time += 1ms;
  tell(a, 1);
  REQUIRE(a.net.sent.size() == 1);
  CHECK(kind_of(a.net.sent[0]) == frame_kind::tell);

  // A few at once are an answer, not a stream.
  for (std::uint64_t i = 2; i <= 4; ++i) {
    tell(a, i);
  }
  CHECK(a.net.sent.size() == 4);
  CHECK(a.net.flushes == 0);
  tell(a, 5);
  tell(a, 6);
  CHECK(a.net.sent.size() == 4);
  CHECK(a.net.flushes == 1);
  a.s.flush_batch();
  REQUIRE(a.net.sent.size() == 5);
  CHECK(kind_of(a.net.sent[4]) == frame_kind::batch);

  a.net.time += 1ms;
  tell(a, 7);
  CHECK(a.net.sent.size() == 6);
  a.s.flush_batch();
  CHECK(a.net.sent.size() == 6);
}

TEST_CASE("a batch that is large leaves, and a large message goes behind it by itself") {
  one_side a({}, feature::all);
  make_busy(a);
  for (std::uint64_t i = 1; a.net.sent.empty(); ++i) {
    REQUIRE(i < 100);
    tell(a, i, 1000);
  }
  CHECK(a.net.sent[0].second.head.size() >= 32 * 1024);
  tell(a, 100);
  tell(a, 101, 9000);
  REQUIRE(a.net.sent.size() == 3);
  CHECK(kind_of(a.net.sent[1]) == frame_kind::batch);
  CHECK(kind_of(a.net.sent[2]) == frame_kind::tell);
}

TEST_CASE("an older peer gets neither batches nor large pieces") {
  one_side a;
  auto head = tell_of(5);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(a.s.send({.head = head, .attachment = blob(bytes(chunk_bytes_old + 1))}));
  }
  CHECK(a.net.flushes == 0);
  REQUIRE(a.net.sent.size() == 9);
  for (const auto& each : a.net.sent) {
    CHECK(kind_of(each) != frame_kind::batch);
    CHECK(each.second.bulk.size() <= chunk_bytes_old);
  }
  one_side b({}, feature::all);
  REQUIRE(b.s.send({.head = head, .attachment = blob(bytes(chunk_bytes_old + 1))}));
  b.s.flush_batch();
  CHECK(b.net.sent.size() == 2);
}

TEST_CASE("what one session sends as batches another reads in order, with its sequence") {
  one_side a({}, feature::all);
  for (std::uint64_t i = 1; i <= 50; ++i) {
    tell(a, i);
  }
  a.s.flush_batch();
  one_side b;
  b.seq[0] = 2;
  for (const auto& [way, data] : a.net.sent) {
    REQUIRE(b.s.on_frame(way, data, [&](arrival&& what) { b.got.push_back(std::move(what)); }));
  }
  REQUIRE(b.got.size() == 50);
  for (std::uint64_t i = 0; i < 50; ++i) {
    CHECK(b.got[i].head.request_id == i + 1);
    CHECK(b.got[i].body().size() == 10);
  }
}

TEST_CASE("batches that are cut, nested, out of sequence or on the bulk lane end the session") {
  const auto refused = [](const bytes& data, lane way = lane::control) {
    one_side a;
    return !a.s.on_frame(way, {.head = blob(bytes(data))}, [](arrival&&) {});
  };
  const envelope next{.kind = frame_kind::ping, .seq = 3};
  const auto fine = batch_of({next});
  CHECK(!refused(fine));
  CHECK(refused(fine, lane::bulk));
  for (std::size_t size = envelope_bytes + 1; size < fine.size(); ++size) {
    CHECK(refused(bytes(fine.begin(), fine.begin() + static_cast<std::ptrdiff_t>(size))));
  }
  CHECK(refused(batch_of({{.kind = frame_kind::ping, .seq = 4}})));
  CHECK(refused(batch_of({next, next})));
  CHECK(refused(batch_of({{.kind = frame_kind::batch, .seq = 3}})));
  auto long_one = fine;
  long_one[envelope_bytes] = std::byte{0xff};
  CHECK(refused(long_one));
}

TEST_CASE("a frame over the limit ends the session, though all in it is fine") {
  const auto takes_batch_of = [](std::size_t size) {
    one_side a;
    bytes data;
    auto head = tell_of(1);
    for (head.seq = 3; data.size() + 8100 <= size; ++head.seq) {
      append_to_batch(data, head, bytes(8000));
    }
    return a.s.on_frame(lane::control, {.head = blob(std::move(data))}, [](arrival&&) {})
        .has_value();
  };
  CHECK(takes_batch_of(control_frame_bytes_max));
  CHECK(!takes_batch_of(control_frame_bytes_max + 20'000));
}

TEST_CASE("a message that waits for its attachment keeps its own bytes only") {
  one_side a;
  auto head = tell_of(5);
  head.attachment_bytes = 10;
  head.seq = 3;
  bytes data;
  append_to_batch(data, head, {});
  auto other = tell_of(1);
  other.seq = 4;
  append_to_batch(data, other, bytes(8000));
  const blob whole(std::move(data));
  REQUIRE(a.s.on_frame(lane::control, {.head = whole}, [](arrival&&) {}));
  CHECK(whole.owner().use_count() == 1);
}
