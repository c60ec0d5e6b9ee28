// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/engine_loop.hpp"

#include "messages/vocab/error_codes.hpp"
#include "test/unit/engine/engine_rig.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

namespace troupe::engine::test {

namespace {

errc refusal_of(const sequence_spec& spec, std::uint32_t blocks = 64) {
  loop_rig rig{small_host(blocks)};
  rig.say(reserve{spec});
  const auto& told = rig.sequences[spec.id.value];
  return told.refused ? told.refused->code : errc::none;
}

import_block part_of(const sequence_spec& spec, std::uint32_t index, const loop_rig& rig) {
  const auto name = spec.namer.all(spec.prompt).at(index);
  bytes data(64);
  fill_sim_payload(name, data);
  const auto checksum = hash64(data);
  return {spec.id, index, name, rig.exec.traits().layout, checksum, blob{std::move(data)}};
}

const auto vocabulary = small_sim().vocabulary;

} // namespace

TEST_CASE("tokens do not depend on chunks, batch or cached blocks") {
  std::vector<sequence_spec> specs;
  for (std::uint64_t id = 1; id <= 6; ++id) {
    auto prompt = some_tokens(40, 1);
    const auto own = some_tokens(static_cast<std::uint32_t>(id * 5), id);
    prompt.insert(prompt.end(), own.begin(), own.end());
    specs.push_back(make_spec(id, prompt, 30));
  }
  for (const auto budget : {1U, 7U, 16U, 512U}) {
    for (const auto cache : {true, false}) {
      auto options = small_host(100);
      options.step_tokens_max = budget;
      options.prefix_cache = cache;
      loop_rig rig{options};
      for (const auto& spec : specs) {
        rig.begin(spec);
      }
      rig.run();
      for (const auto& spec : specs) {
        CHECK(rig.sequences[spec.id.value].tokens == expected_answer(spec, vocabulary));
        CHECK(*rig.sequences[spec.id.value].end->end == end_kind::length);
      }
    }
  }
}

TEST_CASE("a second sequence takes the cached prefix, never the block of its last token") {
  loop_rig rig;
  const auto first = make_spec(1, some_tokens(48, 1), 2);
  rig.begin(first);
  rig.run();
  auto second = first;
  second.id = {2};
  rig.begin(second);
  rig.run();

  CHECK(rig.sequences[2].reservation->cached_blocks == 2);
  CHECK(rig.sequences[2].end->cached_tokens == 32);
  CHECK(rig.sequences[2].end->computed_tokens == 16);
  CHECK(rig.sequences[2].tokens == rig.sequences[1].tokens);
}

TEST_CASE("a follow-up finds the blocks of the answer before it") {
  loop_rig rig;
  const auto first = make_spec(1, some_tokens(20, 1), 30);
  rig.begin(first);
  rig.run();
  auto prompt = first.prompt;
  prompt.insert(prompt.end(), rig.sequences[1].tokens.begin(), rig.sequences[1].tokens.end());
  prompt.push_back(1);

  rig.begin(make_spec(2, prompt, 2));

  CHECK(rig.sequences[2].reservation->cached_blocks == 3);
}

TEST_CASE("another tenant's salt shares nothing") {
  loop_rig rig;
  rig.begin(make_spec(1, some_tokens(48, 1), 2));
  rig.run();
  auto other = make_spec(2, some_tokens(48, 1), 2);
  other.namer = some_namer("other");

  rig.begin(other);
  rig.run();

  CHECK(rig.sequences[2].reservation->cached_blocks == 0);
  CHECK(rig.sequences[2].tokens != rig.sequences[1].tokens);
}

TEST_CASE("a queued prompt takes blocks that another computed meanwhile") {
  auto options = small_host(64);
  options.step_tokens_max = 40;
  loop_rig rig{options};
  rig.begin(make_spec(1, some_tokens(40, 1), 2));
  rig.begin(make_spec(2, some_tokens(40, 1), 2));
  rig.run();

  CHECK(rig.sequences[2].reservation->cached_blocks == 0);
  CHECK(rig.sequences[2].end->cached_tokens == 32);
}

TEST_CASE("delivered tokens are recomputed and not repeated, and the answer goes on as it was") {
  auto spec = make_spec(1, some_tokens(20, 1), 30);
  const auto answer = expected_answer(spec, vocabulary);
  for (const auto delivered : {1, 12, 29}) {
    loop_rig rig;
    spec.delivered.assign(answer.begin(), answer.begin() + delivered);
    rig.begin(spec);
    rig.run();
    CHECK(rig.sequences[1].tokens == token_list(answer.begin() + delivered, answer.end()));
  }
}

TEST_CASE("a stop token ends the sequence and is not reported") {
  auto spec = make_spec(1, some_tokens(20, 1), 30);
  const auto answer = expected_answer(spec, vocabulary);
  spec.stop_tokens = {answer[4]};
  loop_rig rig;
  rig.begin(spec);
  rig.run();

  CHECK(rig.sequences[1].tokens.size() <= 4);
  CHECK(*rig.sequences[1].end->end == end_kind::stop);
  CHECK(rig.loop.is_idle());
}

TEST_CASE("a row that is not a number fails its sequence only, and none of its blocks is kept") {
  loop_rig rig;
  const auto broken = make_spec(1, some_tokens(40, 1), 3);
  const auto whole = make_spec(2, some_tokens(40, 2), 3);
  rig.begin(broken);
  rig.begin(whole);
  const auto* plan = rig.loop.next_step();
  step_output out;
  rig.exec.execute(*plan, out);
  out.tokens[0] = no_token;
  rig.loop.finish_step(out, out.cost);
  rig.run();

  CHECK(*rig.sequences[1].end->end == end_kind::failed);
  CHECK(rig.sequences[1].end->why.code == errc::internal);
  CHECK_FALSE(rig.sequences[1].end->why.retryable);
  CHECK(rig.sequences[1].ends == 1);
  CHECK(*rig.sequences[2].end->end == end_kind::length);
  CHECK(rig.sequences[2].tokens == expected_answer(whole, vocabulary));
  CHECK(rig.loop.is_idle());
  auto names = whole.namer.all(whole.prompt);
  std::ranges::sort(names);
  auto kept = rig.loop.snapshot().names;
  std::ranges::sort(kept);
  CHECK(kept == names);
}

TEST_CASE("what cannot be served is refused with the reason") {
  CHECK(refusal_of(make_spec(1, {}, 5)) == errc::invalid_value);
  CHECK(refusal_of(make_spec(1, {1, 2, 5000}, 5)) == errc::invalid_value);
  CHECK(refusal_of(make_spec(1, some_tokens(4, 1), 0)) == errc::invalid_value);
  CHECK(refusal_of(make_spec(1, some_tokens(4000, 1), 97), 400) == errors::prompt_too_long);
  CHECK(refusal_of(make_spec(1, some_tokens(4000, 1), 96), 400) == errc::none);
  CHECK(refusal_of(make_spec(1, some_tokens(60, 1), 10), 4) == errors::prompt_too_long);
  CHECK(refusal_of(make_spec(1, some_tokens(60, 1), 4), 4) == errc::none);
}

TEST_CASE("more sequences than sequences_max are refused for now") {
  auto options = small_host(64);
  options.sequences_max = 2;
  loop_rig rig{options};
  for (std::uint64_t id = 1; id <= 3; ++id) {
    rig.say(reserve{make_spec(id, some_tokens(4, id), 3)});
  }

  CHECK(rig.sequences[2].reservation);
  CHECK(rig.sequences[3].refused->code == errors::no_capacity);
}

TEST_CASE("imported blocks stand for computed ones, wherever the gaps are") {
  loop_rig rig;
  const auto spec = make_spec(1, some_tokens(100, 1), 10);
  rig.say(reserve{spec});
  CHECK(rig.sequences[1].reservation->prompt_blocks == 6);
  for (const auto index : {4U, 0U, 1U}) {
    rig.say(part_of(spec, index, rig));
  }
  rig.say(start{{1}});
  rig.run();

  CHECK(rig.sequences[1].imports.size() == 3);
  CHECK(rig.sequences[1].tokens == expected_answer(spec, vocabulary));
  CHECK(rig.sequences[1].end->cached_tokens == 48);
  CHECK(rig.sequences[1].end->computed_tokens == 52);
}

TEST_CASE("an import is refused unless name, layout, size, checksum and state are right") {
  loop_rig rig;
  const auto spec = make_spec(1, some_tokens(100, 1), 10);
  rig.say(reserve{spec});
  const auto good = part_of(spec, 2, rig);
  const auto refused = [&](const std::function<void(import_block&)>& spoil) {
    auto part = good;
    spoil(part);
    rig.say(part);
    return !rig.sequences[1].imports.back().ok;
  };

  CHECK(refused([](auto& part) { part.name.value.low ^= 1; }));
  CHECK(refused([](auto& part) { part.index = 3; }));
  CHECK(refused([](auto& part) { part.index = 6; }));
  CHECK(refused([](auto& part) { part.layout.value ^= 1; }));
  CHECK(refused([](auto& part) { part.checksum ^= 1; }));
  CHECK(refused([](auto& part) { part.data = blob{bytes(63)}; }));
  rig.say(good);
  rig.transfer();
  rig.listen();
  CHECK(rig.sequences[1].imports.back().ok);
  rig.say(start{{1}});
  CHECK(refused([&](auto& part) { part = part_of(spec, 3, rig); }));
}

TEST_CASE("a cancel in every state leaves no slot and one end") {
  const auto cancelled_after = [](const std::function<void(loop_rig&)>& act,
                                  std::uint32_t blocks = 16) {
    loop_rig rig{small_host(blocks)};
    act(rig);
    rig.say(cancel{{1}});
    rig.say(cancel{{1}});
    rig.run();
    CHECK(rig.sequences[1].ends == 1);
    CHECK(*rig.sequences[1].end->end == end_kind::cancelled);
    CHECK(rig.loop.is_idle());
  };
  const auto spec = make_spec(1, some_tokens(50, 1), 20);
  cancelled_after([&](auto& rig) { rig.say(reserve{spec}); });
  cancelled_after([&](auto& rig) {
    rig.say(reserve{spec});
    rig.say(part_of(spec, 0, rig));
  });
  cancelled_after([&](auto& rig) { rig.begin(spec); });
  cancelled_after([&](auto& rig) {
    rig.begin(spec);
    rig.step();
    rig.step();
  });
  cancelled_after([&](auto& rig) {
    auto paused = spec;
    paused.credit_up_to = 2;
    rig.begin(paused);
    rig.run();
  });
  cancelled_after(
      [&](auto& rig) {
        auto batch = spec;
        batch.cls = work_class::batch;
        rig.begin(batch);
        rig.step();
        rig.say(reserve{make_spec(2, some_tokens(50, 2), 4)});
        rig.say(cancel{{2}});
      },
      5);
}

TEST_CASE("a sequence cancelled during its step is in limbo until the step ends") {
  loop_rig rig{small_host(4)};
  rig.begin(make_spec(1, some_tokens(50, 1), 8));
  const auto* plan = rig.loop.next_step();
  REQUIRE(plan != nullptr);

  rig.say(cancel{{1}});

  CHECK(rig.loop.pool().count(slot_state::limbo) == 4);
  rig.say(reserve{make_spec(2, some_tokens(50, 2), 8)});
  CHECK(!rig.sequences[2].reservation);
  step_output out;
  rig.exec.execute(*plan, out);
  rig.loop.finish_step(out, out.cost);
  rig.listen();
  CHECK(rig.loop.pool().count(slot_state::limbo) == 0);
  CHECK(rig.sequences[1].tokens.empty());
  CHECK(rig.sequences[2].reservation);
}

TEST_CASE("a start right behind a reservation that waits for the step's end is not lost") {
  loop_rig rig{small_host(4)};
  rig.begin(make_spec(1, some_tokens(50, 1), 1));
  const auto* plan = rig.loop.next_step();
  rig.begin(make_spec(2, some_tokens(50, 2), 3));
  step_output out;
  rig.exec.execute(*plan, out);
  rig.loop.finish_step(out, out.cost);
  rig.run();

  CHECK(rig.sequences[2].tokens.size() == 3);
}

TEST_CASE("the log mirrors the pool and a snapshot says where it stands") {
  loop_rig rig{small_host(10)};
  for (std::uint64_t id = 1; id <= 5; ++id) {
    rig.begin(make_spec(id, some_tokens(60, id), 20));
    rig.run();
  }
  std::map<block_name, int> mirror;
  for (const auto& entry : rig.log) {
    for (const auto name : entry.stored) {
      ++mirror[name];
    }
    for (const auto name : entry.removed) {
      --mirror[name];
    }
  }

  const auto snapshot = rig.loop.snapshot();

  CHECK(snapshot.as_of == rig.log.back().seq);
  std::erase_if(mirror, [](const auto& entry) { return entry.second == 0; });
  CHECK(mirror.size() == snapshot.names.size());
  for (const auto name : snapshot.names) {
    CHECK(mirror[name] == 1);
  }
}

} // namespace troupe::engine::test
