// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/codec/codec.hpp"
#include "test/unit/worker/worker_rig.hpp"

using namespace troupe;

namespace {

generate scoring(const worker_rig& rig, std::uint32_t top = 0) {
  auto what = rig.request(1);
  what.how.prompt_logprobs = true;
  what.how.prompt_top_logprobs = top;
  return what;
}

std::vector<token_logprobs> scores(std::size_t count, std::size_t top) {
  return std::vector<token_logprobs>(
      count,
      {.logprob = -2, .top = std::vector<ranked_token>(top, {100'000, -1.0F}), .rank = 70'000});
}

} // namespace

TEST_CASE("a scored prompt is computed at its worker, whoever was to compute it") {
  worker_rig rig;
  rig.meet();
  auto what = scoring(rig);
  what.prefill = worker_ref{.worker = {.node = rig.prefiller.node}, .actor = rig.prefiller};
  what.streams[0].scored = 40;
  rig.say(rig.gateway, what);
  CHECK(rig.engine.got<engine::reserve>().at(0).spec.scored == 40);
  CHECK(rig.engine.got<engine::reserve>().at(0).spec.how.prompt_logprobs);
  rig.engine_says({engine::reserved{rig.sequence(), 0, 0}});

  CHECK(rig.count<prefill>() == 0);
  CHECK(rig.count<kv_get>() == 0);
  CHECK(rig.engine.got<engine::start>().size() == 1);
}

TEST_CASE("scores and the first token of a step are one entry") {
  worker_rig rig;
  rig.say(rig.gateway, scoring(rig));
  rig.engine_says({engine::reserved{rig.sequence(), 0, 0}});
  rig.engine_says({engine::scored{rig.sequence(), 0, scores(3, 0)},
                   engine::scored{rig.sequence(), 3, scores(2, 0)},
                   engine::produced{rig.sequence(), 0, {9}}});

  REQUIRE(rig.count<tokens>(rig.gateway) == 1);
  const auto& made = rig.last<tokens>();
  REQUIRE(made.entries.size() == 1);
  CHECK(made.entries[0].first_scored == 0);
  CHECK(made.entries[0].prompt_logprobs.size() == 5);
  CHECK(made.entries[0].tokens == token_list{9});
}

TEST_CASE("scores of many tokens leave in messages that fit a control frame, in order") {
  for (const std::size_t top : {std::size_t{0}, std::size_t{limits::top_logprobs_max}}) {
    worker_rig rig;
    rig.say(rig.gateway, scoring(rig, static_cast<std::uint32_t>(top)));
    rig.engine_says({engine::reserved{rig.sequence(), 0, 0}});
    const std::size_t count = 40'000;
    rig.engine_says({engine::scored{rig.sequence(), 0, scores(count, top)}});

    std::size_t got = 0;
    for (const auto* made : rig.out.sent<tokens>(rig.gateway)) {
      CHECK(encode(*made).size() <= limits::control_frame_bytes_max);
      for (const auto& entry : made->entries) {
        CHECK(entry.first_scored == got);
        got += entry.prompt_logprobs.size();
      }
    }
    CHECK(got == count);
  }
}

TEST_CASE("scores of a sequence whose stream is gone are dropped") {
  worker_rig rig;
  rig.say(rig.gateway, scoring(rig));
  const auto sequence = rig.sequence();
  rig.engine_says({engine::reserved{sequence, 0, 0}});
  rig.say(rig.gateway, cancel{.stream = {1}, .attempt = {1}});
  rig.engine_says({engine::scored{sequence, 0, scores(3, 0)}});

  CHECK(rig.count<tokens>() == 0);
}
