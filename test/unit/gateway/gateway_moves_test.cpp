// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/vocab/error_codes.hpp"
#include "test/unit/gateway/core_rig.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

const actor_ref shell = actor(7, 1);
const actor_ref filler = actor(6, 1);
const actor_ref stranger = actor(8, 1);

/// Workers a and b decode the model, `filler` prefills it, `stranger` decodes another.
struct move_rig : core_rig {
  move_rig()
      : core_rig(gateway_config{.log = [this](const audit_entry& one) {
          books.push_back(one.who + "|" + one.what + "|" + one.outcome);
        }}) {
    members known{.epoch = 1, .version = 1, .full = true};
    known.added = {
        {.node = router_a.node, .services = {{.role = service_role::router, .actor = router_a}}}};
    const auto add = [&](const actor_ref& who, const std::string& name, role_set roles,
                         model_digest digest) {
      known.added.push_back({.node = who.node,
                             .name = name,
                             .services = {{.role = service_role::worker,
                                           .actor = who,
                                           .roles = roles,
                                           .model = "bytes",
                                           .digest = digest}}});
    };
    add(worker_a, "a", role_decode, text->digest());
    add(worker_b, "b", role_decode, text->digest());
    add(filler, "filler", role_prefill, text->digest());
    add(stranger, "stranger", role_decode, model_digest{{77, 77}});
    say(actor(9, 1), known);
  }

  /// The sends of asking for a move, and the answer.
  message move(std::uint64_t client, const std::string& node) {
    out.clear();
    const delivery d{
        .from = shell,
        .what = delivery::kind::request,
        .request_id = 1,
        .body = message::of(move_request{.request = {{0, client}}, .node = node, .who = "ann"})};
    context cx{.now = now, .out = out, .from = &d};
    dispatch(core, d, cx);
    core.check_invariants();
    for (const auto& sent : out.sends()) {
      if (sent.what == delivery::kind::response) {
        why = sent.why;
        return sent.body;
      }
    }
    FAIL("no answer");
    return {};
  }

  error why;
  std::vector<std::string> books;
};

} // namespace

TEST_CASE("a running stream is placed again at the node asked for, with what was accepted") {
  move_rig rig;
  const auto first = rig.running(1, worker_a);
  rig.make(worker_a, first, 0, "abc");
  const auto got = rig.move(1, "b");
  REQUIRE(got.as<move_begun>() != nullptr);
  CHECK(got.as<move_begun>()->streams == 1);
  CHECK(got.as<move_begun>()->accepted_tokens == 3);
  CHECK(rig.out.sent<cancel>(worker_a).size() == 1);
  CHECK(rig.books == std::vector<std::string>{"ann|migrate request to b|begun"});

  rig.tick();
  CHECK(rig.sent<place>().force_decode == "b");
  CHECK(rig.sent<place>().accepted == 3);
  const auto second = rig.placed_at(worker_b).streams.front();
  CHECK(second.attempt.value == first.attempt.value + 1);
  CHECK(second.delivered == as_tokens("abc"));

  rig.make(worker_a, first, 3, "xx"); // Late, of the attempt that is over.
  rig.make(worker_b, second, 3, "de");
  rig.make(worker_a, first, 3, "yy");
  rig.make(worker_b, second, 5, "f", stream_end{.kind = stream_end_kind::stop});
  CHECK(rig.choice(1).text == "abcdef");
  CHECK(rig.choice(1).ends == 1);
  CHECK(rig.client(1).errors.empty());
  CHECK(rig.core.stats().charged == 0);
  CHECK(rig.core.stats().moved == 1);
}

TEST_CASE("if the node asked for cannot take the stream it runs wherever there is room") {
  move_rig rig;
  const auto first = rig.running(1, worker_a);
  rig.make(worker_a, first, 0, "abc");
  REQUIRE(rig.move(1, "b"));
  rig.tick();
  const place forced = rig.sent<place>();
  CHECK(forced.force_decode == "b");
  rig.say(router_a, refused{.stream = forced.stream,
                            .attempt = forced.attempt,
                            .why = {.code = errors::no_worker, .retryable = true}});
  rig.advance(1s);
  CHECK(rig.sent<place>().force_decode.empty());
  const auto again = rig.placed_at(worker_a).streams.front();
  rig.make(worker_a, again, 3, "d", stream_end{.kind = stream_end_kind::stop});
  CHECK(rig.choice(1).text == "abcd");
}

TEST_CASE("a stream that waits for its place is asked for anew, at the node") {
  move_rig rig;
  rig.submit(1, rig.request());
  REQUIRE(rig.move(1, "b"));
  CHECK(rig.out.sent<place_cancel>(router_a).size() == 1);
  rig.tick();
  CHECK(rig.sent<place>().force_decode == "b");
  CHECK(rig.placed_at(worker_b).streams.size() == 1);
}

TEST_CASE("what cannot be moved is refused, said in the books, and goes on undisturbed") {
  move_rig rig;
  const auto stream = rig.running(1, worker_a);
  const auto refused_with = [&](std::uint64_t client, const std::string& node) {
    const auto before = rig.books.size();
    const bool is_answer = static_cast<bool>(rig.move(client, node));
    CHECK_FALSE(is_answer);
    CHECK(rig.out.sends().size() == 1);
    CHECK(rig.books.size() == before + 1);
    CHECK(rig.books.back().find("refused") != std::string::npos);
    return rig.why.code;
  };
  CHECK(refused_with(1, "nowhere") == errc::not_found);
  CHECK(refused_with(1, "filler") == errc::invalid_value);
  CHECK(refused_with(1, "stranger") == errors::wrong_model);
  CHECK(refused_with(1, "a") == errc::invalid_value); // It is there.
  CHECK(refused_with(2, "b") == errc::not_found);
  rig.make(worker_a, stream, 0, "abc", stream_end{.kind = stream_end_kind::stop});
  CHECK(rig.choice(1).text == "abc");
  CHECK(refused_with(1, "b") == errc::invalid_value); // It has ended.
}
