// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/export_queue.hpp"
#include "test/unit/engine/engine_rig.hpp"

#include <doctest/doctest.h>

namespace troupe::engine::test {

namespace {

sequence_spec prefill_of(std::uint64_t id, token_list prompt, std::uint32_t from = 0) {
  auto spec = make_spec(id, std::move(prompt), 0);
  spec.prefill_only = true;
  spec.export_from = from;
  spec.credit_up_to = 0;
  return spec;
}

import_block import_of(const exported& part, sequence_id id) {
  return {id, part.index, part.name, part.layout, part.checksum, part.data};
}

} // namespace

TEST_CASE("a prompt computed by one engine and decoded by another gives the same tokens") {
  loop_rig sender;
  loop_rig receiver;
  const auto spec = make_spec(1, some_tokens(100, 1), 20);
  sender.begin(prefill_of(1, spec.prompt));
  sender.run();
  receiver.say(reserve{spec});
  for (const auto& part : sender.sequences[1].exports) {
    receiver.say(import_of(part, {1}));
  }
  receiver.say(start{{1}});
  receiver.run();

  CHECK(sender.sequences[1].exports.size() == 6);
  CHECK(*sender.sequences[1].end->end == end_kind::length);
  CHECK(sender.sequences[1].end->computed_tokens == 96);
  CHECK(receiver.sequences[1].tokens == expected_answer(spec, small_sim().vocabulary));
  CHECK(receiver.sequences[1].end->computed_tokens == 4);
}

TEST_CASE("a prefill skips blocks that the receiver has, takes cached ones, and may have nothing") {
  loop_rig rig;
  rig.begin(prefill_of(1, some_tokens(100, 1), 4));
  rig.run();
  CHECK(rig.sequences[1].exports.size() == 2);
  CHECK(rig.sequences[1].exports.front().index == 4);

  rig.begin(prefill_of(2, some_tokens(100, 1)));
  rig.run();
  CHECK(rig.sequences[2].exports.size() == 6);
  CHECK(rig.sequences[2].end->computed_tokens == 0);

  rig.begin(prefill_of(3, some_tokens(16, 1)));
  rig.begin(prefill_of(4, some_tokens(100, 1), 6));
  CHECK(*rig.sequences[3].end->end == end_kind::length);
  CHECK(*rig.sequences[4].end->end == end_kind::length);
}

TEST_CASE("a prefill without a prefix cache exports its own blocks") {
  auto options = small_host(8);
  options.prefix_cache = false;
  loop_rig rig{options};
  rig.begin(prefill_of(1, some_tokens(100, 1)));
  rig.run();

  CHECK(rig.sequences[1].exports.size() == 6);
  CHECK(rig.loop.is_idle());
}

TEST_CASE("exports wait while staging is full") {
  auto options = small_host(64);
  options.staging_bytes_max = std::size_t{64} * 2;
  loop_rig rig{options};
  rig.begin(prefill_of(1, some_tokens(100, 1)));
  rig.run();
  CHECK(rig.sequences[1].exports.size() == 2);
  CHECK(!rig.sequences[1].end);

  rig.sequences[1].exports[0].data = {};
  rig.run();
  CHECK(rig.sequences[1].exports.size() == 3);
  for (int turn = 0; turn < 3; ++turn) {
    for (auto& part : rig.sequences[1].exports) {
      part.data = {};
    }
    rig.run();
  }

  CHECK(rig.sequences[1].exports.size() == 6);
  CHECK(*rig.sequences[1].end->end == end_kind::length);
}

TEST_CASE("named blocks are exported where they are and listed where they are not") {
  loop_rig rig;
  const auto spec = make_spec(1, some_tokens(40, 1), 2);
  rig.begin(spec);
  rig.run();
  auto names = spec.namer.all(spec.prompt);
  names.insert(names.begin(), block_name{{7, 7}});

  rig.say(export_blocks{{5}, names, rig.exec.traits().layout});
  rig.run();

  REQUIRE(rig.exports_done.size() == 1);
  CHECK(rig.exports_done[0].missing == std::vector<std::uint32_t>{0});
  REQUIRE(rig.named_exports.size() == 2);
  CHECK(rig.named_exports[0].index == 1);
  CHECK(rig.named_exports[0].checksum == hash64(rig.named_exports[0].data.view()));
}

TEST_CASE("an export in another layout, or of nothing, is answered at once") {
  loop_rig rig;
  rig.say(export_blocks{{5}, {{}, {}}, layout_id{1}});
  rig.say(export_blocks{{6}, {}, rig.exec.traits().layout});

  REQUIRE(rig.exports_done.size() == 2);
  CHECK(rig.exports_done[0].missing == std::vector<std::uint32_t>{0, 1});
  CHECK(rig.exports_done[1].missing.empty());
}

TEST_CASE("the step that makes blocks whole copies them, and its end tells of them") {
  loop_rig rig;
  rig.begin(prefill_of(1, some_tokens(40, 1)));
  const auto* plan = rig.loop.next_step();
  REQUIRE(plan->reads.size() == 2);
  CHECK(!rig.loop.next_export());
  step_output out;
  rig.exec.execute(*plan, out);
  rig.loop.finish_step(out, out.cost);
  CHECK(!rig.loop.next_export());
  rig.run();

  const auto& told = rig.sequences[1];
  REQUIRE(told.exports.size() == 2);
  for (const auto& part : told.exports) {
    CHECK(std::ranges::equal(part.data.view(), sim_block(part.name, rig.exec.traits())));
  }
  CHECK(*told.end->end == end_kind::length);
}

TEST_CASE("of pages with a window a step copies those that the receiver needs") {
  loop_rig rig{small_host(64), {}, windowed_sim({1, 1, 16})};
  rig.begin(prefill_of(1, some_tokens(100, 1)));
  const auto* plan = rig.loop.next_step();
  std::map<std::uint32_t, int> pages;
  for (const auto& read : plan->reads) {
    ++pages[read.page];
  }
  CHECK(pages[0] == 6);
  CHECK(pages[1] >= 1);
  CHECK(pages[1] < 6);
}

TEST_CASE("what a step copies of a sequence that is cancelled meanwhile is told to nobody") {
  loop_rig rig{small_host(8)};
  rig.begin(prefill_of(1, some_tokens(40, 1)));
  const auto* plan = rig.loop.next_step();
  rig.say(cancel{{1}});
  step_output out;
  rig.exec.execute(*plan, out);
  rig.loop.finish_step(out, out.cost);
  rig.run();

  CHECK(rig.sequences[1].exports.empty());
  CHECK(rig.loop.arena().used_bytes() == 0);
  CHECK(rig.loop.is_idle());
}

TEST_CASE("a block being copied when its sequence is cancelled is told to nobody") {
  auto options = small_host(8);
  options.staging_bytes_max = 64;
  loop_rig rig{options};
  rig.begin(prefill_of(1, some_tokens(40, 1)));
  rig.run();
  REQUIRE(rig.sequences[1].exports.size() == 1);
  rig.sequences[1].exports.clear();
  const auto work = rig.loop.next_export();
  REQUIRE(work);

  rig.say(cancel{{1}});
  read_pages(rig.exec, work->slots, work->bytes);
  rig.loop.finish_export(work->work);
  rig.run();

  CHECK(rig.sequences[1].exports.empty());
  CHECK(rig.loop.arena().used_bytes() == 0);
  CHECK(rig.loop.is_idle());
}

} // namespace troupe::engine::test
