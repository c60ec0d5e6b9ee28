// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/unit/gateway/core_rig.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

members serving(std::uint64_t version, const model_digest& digest) {
  members out{.epoch = 1, .version = version, .full = true};
  for (const auto& who : {worker_a, worker_b}) {
    out.added.push_back(
        {.node = who.node,
         .services = {
             {.role = service_role::worker, .actor = who, .model = "bytes", .digest = digest}}});
  }
  return out;
}

void respond(core_rig& rig, std::uint64_t request, message body, error why = {}) {
  const delivery answer{.what = delivery::kind::response,
                        .request_id = request,
                        .body = std::move(body),
                        .why = std::move(why)};
  rig.call([&](gateway_core& c, context& cx) { c.on_response(request, answer, cx); });
}

} // namespace

TEST_CASE("the card of a served model is asked of one worker and published by name") {
  core_rig rig;
  const auto card = byte_card();

  rig.say(actor(9, 1), serving(1, card.digest));
  REQUIRE(rig.out.sends().size() == 1);
  CHECK(rig.out.sends()[0].to == worker_a);
  CHECK(rig.texts.find("bytes") == nullptr);
  respond(rig, rig.out.sends()[0].request_id, message::of(card));
  CHECK(rig.texts.find("bytes") == nullptr);
  CHECK_FALSE(rig.core.next_wake());
  rig.read_card();

  REQUIRE(rig.texts.find("bytes") != nullptr);
  CHECK(rig.texts.find("bytes")->digest() == card.digest);
  rig.say(actor(9, 1), serving(2, card.digest));
  CHECK(rig.out.sends().empty());
  CHECK_FALSE(rig.core.next_wake());
}

TEST_CASE("after a failure another worker is asked, later") {
  core_rig rig;
  const auto card = byte_card();
  rig.say(actor(9, 1), serving(1, card.digest));

  respond(rig, rig.out.sends()[0].request_id, {}, {.code = errc::peer_gone});
  CHECK(rig.out.sends().empty());
  REQUIRE(rig.core.next_wake());
  rig.now = *rig.core.next_wake();
  rig.tick();

  REQUIRE(rig.out.sends().size() == 1);
  CHECK(rig.out.sends()[0].to == worker_b);
}

TEST_CASE("a broken card, or one of another digest, is not published") {
  core_rig rig;
  auto card = byte_card();
  rig.say(actor(9, 1), serving(1, card.digest));
  card.tokenizer_bytes += 1;
  respond(rig, rig.out.sends()[0].request_id, message::of(card));
  rig.read_card();
  CHECK(rig.texts.find("bytes") == nullptr);

  rig.advance(2s);
  auto other = byte_card();
  other.digest = {{9, 9}};
  respond(rig, rig.out.sends()[0].request_id, message::of(other));

  CHECK(rig.texts.find("bytes") == nullptr);
  CHECK(rig.core.next_wake().has_value());
}

TEST_CASE("a new digest replaces the text side, requests that hold the old one keep it") {
  core_rig rig;
  const auto card = byte_card();
  rig.say(actor(9, 1), serving(1, card.digest));
  respond(rig, rig.out.sends()[0].request_id, message::of(card));
  rig.read_card();
  const auto old = rig.texts.find("bytes");
  auto fresh = card;
  fresh.digest = {{5, 5}};

  rig.say(actor(9, 1), serving(2, fresh.digest));
  respond(rig, rig.out.sends()[0].request_id, message::of(fresh));
  rig.read_card();

  CHECK(old->digest() == card.digest);
  CHECK(rig.texts.find("bytes")->digest() == fresh.digest);
}

TEST_CASE("a card is asked for once while it is read, and later if the reader is full") {
  core_rig rig;
  const auto card = byte_card();
  rig.say(actor(9, 1), serving(1, card.digest));
  rig.reader.is_full = true;
  respond(rig, rig.out.sends()[0].request_id, message::of(card));
  REQUIRE(rig.core.next_wake());

  rig.reader.is_full = false;
  rig.now = *rig.core.next_wake();
  rig.tick();
  REQUIRE(rig.out.sends().size() == 1);
  respond(rig, rig.out.sends()[0].request_id, message::of(card));
  rig.say(actor(9, 1), serving(2, card.digest));
  CHECK(rig.out.sends().empty());
  rig.read_card();

  CHECK(rig.texts.find("bytes") != nullptr);
}

TEST_CASE("a card whose model changed while it was read is not published") {
  core_rig rig;
  const auto card = byte_card();
  rig.say(actor(9, 1), serving(1, card.digest));
  respond(rig, rig.out.sends()[0].request_id, message::of(card));
  auto fresh = card;
  fresh.digest = {{5, 5}};

  rig.say(actor(9, 1), serving(2, fresh.digest));
  const auto asked = rig.out.sends().at(0).request_id;
  rig.read_card();
  CHECK(rig.texts.find("bytes") == nullptr);
  respond(rig, asked, message::of(fresh));
  rig.read_card();

  CHECK(rig.texts.find("bytes")->digest() == fresh.digest);
}
