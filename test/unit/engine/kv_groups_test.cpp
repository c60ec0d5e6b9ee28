// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/kv_groups.hpp"

#include "messages/vocab/error_codes.hpp"
#include "test/unit/engine/engine_rig.hpp"

#include <doctest/doctest.h>

namespace troupe::engine::test {

namespace {

constexpr kv_groups half_windowed{.full_pages = 1, .window_pages = 1, .window_tokens = 40};

struct windowed_rig : loop_rig {
  explicit windowed_rig(std::uint32_t blocks, std::uint32_t step_tokens = 48)
      : loop_rig(options_of(blocks, step_tokens), {}, windowed_sim(half_windowed)) {}

  static host_options options_of(std::uint32_t blocks, std::uint32_t step_tokens) {
    auto options = small_host(blocks);
    options.step_tokens_max = step_tokens;
    return options;
  }

  /// Runs the spec alone to its end: were its tokens right?
  bool answers(const sequence_spec& spec) {
    begin(spec);
    run();
    const auto& told = sequences[spec.id.value];
    return !told.refused && told.tokens == expected_answer(spec, small_sim().vocabulary);
  }
};

import_block import_of(const windowed_rig& rig, const sequence_spec& spec, std::uint32_t index,
                       bool has_windows) {
  const auto name = spec.namer.all(spec.prompt)[index];
  auto data = sim_block(name, rig.exec.traits(), has_windows);
  const auto checksum = hash64(data);
  return {spec.id, index, name, rig.exec.traits().layout, checksum, blob{std::move(data)}};
}

} // namespace

TEST_CASE("the first block that a window touches") {
  constexpr kv_groups groups{.full_pages = 1, .window_pages = 1, .window_tokens = 40};
  CHECK(groups.first_block(0) == 0);
  CHECK(groups.first_block(54) == 0);  // Sees 15 to 54.
  CHECK(groups.first_block(55) == 1);  // Sees 16 to 55.
  CHECK(groups.first_block(160) == 7); // Sees 121 to 160.
  // A step of 48 tokens at 71, say, reads from 32 on and writes up to 118.
  CHECK(groups.window_blocks(48) >= 118 / 16 - 32 / 16 + 1);
  CHECK(kv_groups{}.first_block(1000) == 1001 / block_tokens);
}

TEST_CASE("a long sequence holds pages of a window only, and its answer is exact") {
  // 1,020 tokens: 64 full pages and at most 7 blocks of window pages, in 72 slots.
  windowed_rig rig{36};
  CHECK(rig.answers(make_spec(1, some_tokens(900, 1), 120)));
  CHECK(rig.loop.is_idle());

  loop_rig whole{small_host(36)};
  whole.begin(make_spec(1, some_tokens(900, 1), 120));
  CHECK(whole.sequences[1].refused->code == errors::prompt_too_long);
}

TEST_CASE("what needs more slots than there are is refused with both counts") {
  windowed_rig rig{34};
  rig.begin(make_spec(1, some_tokens(900, 1), 120));
  REQUIRE(rig.sequences[1].refused);
  CHECK(rig.sequences[1].refused->text.find("36 blocks, the pool has 34") != std::string::npos);
}

TEST_CASE("what just fits the pool is taken with a prefix that is cached, too") {
  // 420 tokens: 27 full pages and 7 blocks of window pages, in 34 slots.
  windowed_rig rig{17};
  auto prefix = make_spec(1, some_tokens(97, 1), 5);
  CHECK(rig.answers(prefix));
  auto spec = make_spec(2, prefix.prompt, 20);
  const auto rest = some_tokens(303, 2);
  spec.prompt.insert(spec.prompt.end(), rest.begin(), rest.end());
  CHECK(rig.answers(spec));
  CHECK(rig.sequences[2].end->cached_tokens == 96);
}

TEST_CASE("a prefix is cached as far as the window before its end is") {
  windowed_rig rig{80};
  const auto first = make_spec(1, some_tokens(400, 1), 20);
  CHECK(rig.answers(first));
  CHECK(rig.answers(make_spec(2, first.prompt, 20)));
  CHECK(rig.sequences[2].end->cached_tokens == 384);

  // The window before another end within the prompt is still in the index, too.
  auto shorter = first.prompt;
  shorter.resize(200);
  shorter.push_back(7);
  CHECK(rig.answers(make_spec(3, shorter, 20)));
  CHECK(rig.sequences[3].end->cached_tokens == 192);
}

TEST_CASE("a prefix whose window pages were evicted is computed again") {
  windowed_rig rig{40};
  auto spec = make_spec(1, some_tokens(400, 1), 5);
  CHECK(rig.answers(spec));
  CHECK(rig.answers(make_spec(2, some_tokens(400, 2), 5)));
  // The first one's window pages were the first to go; some of its full pages are left.
  spec.id = {3};
  spec.prompt.resize(100);
  CHECK(rig.answers(spec));
  CHECK(rig.sequences[3].end->cached_tokens + rig.sequences[3].end->computed_tokens == 100);
  rig.loop.check_invariants();
}

TEST_CASE("blocks leave without window pages that nobody needs, and decoding goes on from them") {
  windowed_rig sender{80};
  windowed_rig receiver{80};
  const auto spec = make_spec(1, some_tokens(400, 1), 30);
  auto prefill = make_spec(1, spec.prompt, 0);
  prefill.prefill_only = true;
  prefill.credit_up_to = 0;
  sender.begin(prefill);
  sender.run();
  receiver.say(reserve{spec});
  std::size_t whole = 0;
  for (const auto& part : sender.sequences[1].exports) {
    whole += part.data.size() == sender.exec.traits().block_bytes ? 1 : 0;
    receiver.say(import_block{{1}, part.index, part.name, part.layout, part.checksum, part.data});
  }
  receiver.say(start{{1}});
  receiver.run();

  CHECK(sender.sequences[1].exports.size() == 24);
  CHECK(whole == 3); // Position 384 sees keys from 345 on: blocks 21, 22 and 23.
  CHECK(receiver.sequences[1].tokens == expected_answer(spec, small_sim().vocabulary));
  CHECK(receiver.sequences[1].end->computed_tokens == 16);
}

TEST_CASE("imports that came without the window before their end are computed instead") {
  for (const bool last_is_whole : {false, true}) {
    CAPTURE(last_is_whole);
    windowed_rig rig{80};
    const auto spec = make_spec(1, some_tokens(200, 1), 10);
    rig.say(reserve{spec});
    for (std::uint32_t index = 0; index < 12; ++index) {
      const bool has_windows = index < 4 || (last_is_whole && index == 11);
      rig.say(import_of(rig, spec, index, has_windows));
    }
    rig.say(start{{1}});
    rig.run();

    CHECK(rig.sequences[1].tokens == expected_answer(spec, small_sim().vocabulary));
    CHECK(rig.sequences[1].imports.size() == 12);
    // Of the four with windows what the later ones had no use for was given back.
    CHECK(rig.sequences[1].end->cached_tokens + rig.sequences[1].end->computed_tokens == 200);
    CHECK(rig.loop.is_idle());
  }
}

TEST_CASE("imports in any order keep the windows of the last ones") {
  windowed_rig rig{80};
  const auto spec = make_spec(1, some_tokens(200, 1), 10);
  rig.say(reserve{spec});
  for (const std::uint32_t index : {11U, 3U, 10U, 0U, 9U, 1U, 2U, 8U, 7U, 6U, 5U, 4U}) {
    rig.say(import_of(rig, spec, index, true));
  }
  // 13 full pages; position 192 sees keys from 153 on, in blocks 9, 10 and 11.
  CHECK(rig.loop.pool().count(slot_state::owned) == 13 + 3);
  rig.say(start{{1}});
  rig.run();

  CHECK(rig.sequences[1].tokens == expected_answer(spec, small_sim().vocabulary));
  CHECK(rig.sequences[1].end->computed_tokens == 8);
}

TEST_CASE("sequences that run out of window pages take turns, and all get exact answers") {
  windowed_rig rig{14, 32};
  for (std::uint64_t id = 1; id <= 4; ++id) {
    rig.begin(make_spec(id, some_tokens(60, id), 60));
  }
  rig.run();

  std::size_t answered = 0;
  for (std::uint64_t id = 1; id <= 4; ++id) {
    const auto& told = rig.sequences[id];
    if (!told.refused) {
      ++answered;
      CHECK(told.tokens
            == expected_answer(make_spec(id, some_tokens(60, id), 60), small_sim().vocabulary));
    }
  }
  CHECK(answered >= 2);
  CHECK(rig.loop.is_idle());
}

} // namespace troupe::engine::test
