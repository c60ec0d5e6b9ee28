// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/codec/codec.hpp"
#include "test/unit/worker/worker_rig.hpp"

using namespace troupe;

namespace {

embed an_embed(const worker_rig& rig, std::uint64_t stream = 1, std::uint32_t attempt = 1) {
  return {.request = {hash128{1, stream}},
          .who = {.model = rig.digest, .salt = "salt"},
          .stream = {stream},
          .attempt = {attempt},
          .prompt = worker_rig::prompt(100),
          .pooling = pooling_kind::mean,
          .placed = {.router = rig.router, .no = 9}};
}

/// What requests were answered with, by number.
std::vector<std::pair<std::uint64_t, error>> refusals(const worker_rig& rig) {
  std::vector<std::pair<std::uint64_t, error>> out;
  for (const auto& send : rig.out.sends()) {
    if (send.what == delivery::kind::response && send.body.as<embedded>() == nullptr) {
      out.emplace_back(send.request_id, send.why);
    }
  }
  return out;
}

} // namespace

TEST_CASE("an embedding is computed here, from no blocks, and answers its request once") {
  worker_rig rig;
  rig.meet();
  rig.ask(rig.gateway, 40, an_embed(rig));
  const auto spec = rig.engine.got<engine::reserve>().at(0).spec;
  CHECK(spec.pooling == pooling_kind::mean);
  CHECK(spec.prompt == worker_rig::prompt(100));
  CHECK(spec.request == request_id{hash128{1, 1}});
  CHECK(rig.watches(rig.gateway));
  rig.engine_says({engine::reserved{rig.sequence(), 0, 0}});
  CHECK(rig.count<kv_get>() == 0);
  CHECK(rig.engine.got<engine::start>().size() == 1);
  CHECK(rig.count<stream_state>(rig.gateway) == 1);

  rig.engine_says({engine::embedded{rig.sequence(), {1, -2}},
                   engine::produced{.id = rig.sequence(), .end = engine::end_kind::length}});
  CHECK(rig.last<embedded>().values == std::vector<float>{1, -2});
  CHECK(rig.last<embedded>().stream == stream_id{1});
  CHECK(rig.count<embedded>(rig.gateway) == 1);
  CHECK(refusals(rig).empty());
  CHECK(rig.count<tokens>() == 0);
  CHECK(rig.core->is_quiet());
  CHECK_FALSE(rig.watches(rig.gateway));
}

TEST_CASE("an embedding that may have killed a worker is computed alone") {
  worker_rig rig;
  auto what = an_embed(rig);
  what.alone_until = 1;
  rig.ask(rig.gateway, 40, what);
  rig.engine_says({engine::reserved{rig.sequence(), 0, 0}});
  CHECK(rig.engine.got<engine::start>().at(0).alone_until == 1);
}

TEST_CASE("what cannot be embedded is refused with its field") {
  worker_rig rig;
  auto what = an_embed(rig);
  what.prompt = worker_rig::prompt(2049);
  rig.ask(rig.gateway, 40, what);
  what = an_embed(rig);
  what.prompt.clear();
  rig.ask(rig.gateway, 41, what);
  what = an_embed(rig);
  what.pooling = pooling_kind::none;
  rig.ask(rig.gateway, 42, what);
  what = an_embed(rig);
  what.who.model = {hash128{1, 1}};
  rig.ask(rig.gateway, 43, what);

  const auto got = refusals(rig);
  REQUIRE(got.size() == 4);
  CHECK(got[0].second.code == errors::prompt_too_long);
  CHECK(got[1].second.field == "prompt");
  CHECK(got[2].second.field == "pooling");
  CHECK(got[3].second.code == errors::wrong_model);
  CHECK(rig.engine.commands.empty());
  CHECK(rig.core->is_quiet());
}

TEST_CASE("an embedding waits for blocks as an answer does, then is refused") {
  worker_rig rig;
  rig.ask(rig.gateway, 40, an_embed(rig));
  const error full{errors::no_capacity, "full", "", true};
  rig.engine_says({engine::sequence_refused{rig.sequence(), full}});
  CHECK(refusals(rig).empty());
  rig.pass(5ms);
  CHECK(rig.engine.got<engine::reserve>().size() == 2);
  rig.pass(100ms);
  rig.engine_says({engine::sequence_refused{rig.sequence(), full}});
  rig.pass(100ms);

  const auto got = refusals(rig);
  REQUIRE(got.size() == 1);
  CHECK(got[0].first == 40);
  CHECK(got[0].second.code == errors::no_capacity);
  CHECK(rig.core->is_quiet());
}

TEST_CASE("the engine's refusal and failure reach whoever asked") {
  worker_rig rig;
  rig.ask(rig.gateway, 40, an_embed(rig));
  rig.engine_says({engine::sequence_refused{rig.sequence(), {errc::unsupported, "no states"}}});
  rig.ask(rig.gateway, 41, an_embed(rig, 2));
  rig.engine_says({engine::reserved{rig.sequence(), 0, 0}});
  rig.engine_says({engine::produced{.id = rig.sequence(),
                                    .end = engine::end_kind::failed,
                                    .why = {errc::internal, "no number"}}});

  const auto got = refusals(rig);
  REQUIRE(got.size() == 2);
  CHECK(got[0].second.code == errc::unsupported);
  CHECK(got[1].second.code == errc::internal);
  CHECK(got[1].second.text.find("tiny") != std::string::npos);
  CHECK(rig.core->is_quiet());
}

TEST_CASE("cancel ends an embedding at the engine and answers its request") {
  worker_rig rig;
  rig.ask(rig.gateway, 40, an_embed(rig));
  rig.engine_says({engine::reserved{rig.sequence(), 0, 0}});
  rig.say(rig.gateway, cancel{.stream = {1}, .attempt = {1}});
  CHECK(rig.engine.got<engine::cancel>().size() == 1);
  REQUIRE(refusals(rig).size() == 1);
  CHECK(refusals(rig)[0].second.code == errc::cancelled);
  rig.engine_says({engine::embedded{rig.sequence(), {1}},
                   engine::produced{.id = rig.sequence(), .end = engine::end_kind::cancelled}});
  CHECK(rig.count<embedded>() == 0);
  CHECK(rig.core->is_quiet());
}

TEST_CASE("a later attempt ends an earlier one, whose request is answered, too") {
  worker_rig rig;
  rig.ask(rig.gateway, 40, an_embed(rig, 1, 1));
  const auto first = rig.sequence();
  rig.ask(rig.gateway, 41, an_embed(rig, 1, 2));
  CHECK(rig.engine.got<engine::cancel>().at(0).id == first);
  rig.ask(rig.gateway, 42, an_embed(rig, 1, 1)); // Late.
  const auto got = refusals(rig);
  REQUIRE(got.size() == 2);
  CHECK(got[0].first == 40);
  CHECK(got[1].first == 42);
  rig.engine_says({engine::embedded{rig.sequence(), {1}},
                   engine::produced{.id = rig.sequence(), .end = engine::end_kind::length}});
  CHECK(rig.last<embedded>().attempt == attempt_id{2});
}

TEST_CASE("a gateway's end ends its embeddings, and a drain waits for them") {
  worker_rig rig;
  rig.ask(rig.gateway, 40, an_embed(rig));
  rig.engine_says({engine::reserved{rig.sequence(), 0, 0}});
  rig.ask(rig.router, 50, drain{});
  CHECK(rig.count<drained>() == 0);
  rig.ask(rig.gateway, 41, an_embed(rig, 2));
  CHECK(refusals(rig).at(0).second.code == errors::draining);
  rig.down(rig.gateway);
  CHECK(rig.engine.got<engine::cancel>().size() == 1);
  rig.engine_says({engine::produced{.id = rig.sequence(), .end = engine::end_kind::cancelled}});
  CHECK(rig.count<drained>() == 1);
}

TEST_CASE("the largest embedding fits a control frame") {
  const embedded most{.values = std::vector<float>(limits::embedding_size_max, 0.1F)};
  CHECK(encode(most).size() < limits::control_frame_bytes_max);
}
