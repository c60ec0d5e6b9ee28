// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sim/virtual_host.hpp"
#include "runtime/base/rng.hpp"
#include "runtime/base/virtual_time.hpp"
#include "test/unit/engine/engine_rig.hpp"

#include <doctest/doctest.h>

#include <array>
#include <deque>
#include <set>

namespace troupe::engine::test {

namespace {

/// One engine in virtual time under a random client: conversations that share prefixes, both
/// classes, little credit, cancels in every state, imports of right and wrong bytes, prefill_only
/// sequences, named exports, and blobs that are let go late.
struct soak {
  soak(std::uint64_t seed, std::uint32_t blocks, engine_mutants mutants, kv_groups groups = {})
      : draws(seed) {
    auto sim = windowed_sim(groups);
    vocabulary = sim.vocabulary;
    sim.on_breach = [this](const std::string& what) {
      breaches.push_back(what);
    };
    virtual_host_options options;
    options.host = small_host(blocks);
    options.host.step_tokens_max = 48;
    options.host.sequences_max = 24;
    options.host.staging_bytes_max = sim.block_bytes * 5;
    options.host.host_tier_bytes = seed % 4 < 2 ? sim.block_bytes * (seed % 5 + 1) * 10 : 0;
    options.mutants = mutants;
    options.seed = seed;
    options.check_invariants = !mutants.no_limbo;
    host = std::make_unique<virtual_host>(std::make_unique<sim_executor>(sim), options, time, time);
    host->listen([this](step_events batch) {
      for (auto& what : batch.events) {
        react(what);
      }
      heard.hear(std::move(batch));
    });
  }

  void say(command what) { CHECK(host->try_submit(std::move(what))); }

  void react(event& what) {
    if (const auto* ready = std::get_if<reserved>(&what)) {
      import_some(*ready);
      if (draws.below(10) > 0) {
        say(start{ready->id});
      }
    } else if (auto* part = std::get_if<exported>(&what)) {
      held.push_back(std::move(part->data));
    }
  }

  void import_some(const reserved& ready) {
    const auto& spec = specs.at(ready.id.value);
    auto tokens = spec.prompt;
    tokens.insert(tokens.end(), spec.delivered.begin(), spec.delivered.end());
    const auto names = spec.namer.all(tokens);
    for (auto index = ready.cached_blocks; index < ready.prompt_blocks; ++index) {
      if (draws.below(3) == 0) {
        auto data = sim_block(names[index], host->traits(), draws.below(4) > 0);
        const auto checksum = hash64(data) + (draws.below(8) == 0 ? 1 : 0);
        say(import_block{ready.id, index, names[index], host->traits().layout, checksum,
                         blob{std::move(data)}});
      }
    }
  }

  void submit_one() {
    const auto id = ++last_id;
    auto prompt =
        some_tokens(16 * (1 + static_cast<std::uint32_t>(draws.below(4))), draws.below(3));
    const auto own = some_tokens(1 + static_cast<std::uint32_t>(draws.below(40)), id);
    prompt.insert(prompt.end(), own.begin(), own.end());
    auto spec = make_spec(id, std::move(prompt), 1 + static_cast<std::uint32_t>(draws.below(30)));
    spec.cls = draws.below(3) == 0 ? work_class::batch : work_class::interactive;
    spec.priority = static_cast<std::int32_t>(draws.below(3));
    spec.choice = static_cast<std::uint32_t>(draws.below(2));
    spec.credit_up_to = draws.below(20);
    spec.prefill_only = draws.below(5) == 0;
    spec.export_from = spec.prefill_only ? static_cast<std::uint32_t>(draws.below(3)) : 0;
    if (!spec.prefill_only && draws.below(4) == 0) {
      const auto answer = expected_answer(spec, vocabulary);
      spec.delivered.assign(
          answer.begin(), answer.begin() + static_cast<std::ptrdiff_t>(draws.below(answer.size())));
    }
    specs.emplace(id, spec);
    say(reserve{std::move(spec)});
  }

  sequence_id any_sequence() { return {1 + draws.below(last_id)}; }

  void act() {
    switch (draws.below(8)) {
      case 0:
      case 1:
        submit_one();
        break;
      case 2:
        say(cancel{any_sequence()});
        break;
      case 3:
        say(start{any_sequence()});
        break;
      case 4:
      case 5:
        say(give_credit{any_sequence(), draws.below(40)});
        break;
      case 6:
        held.clear();
        break;
      default: {
        const auto& spec = specs.at(any_sequence().value);
        say(export_blocks{{++last_export}, spec.namer.all(spec.prompt), host->traits().layout});
      }
    }
  }

  void advance(std::uint64_t tasks) {
    while (tasks-- > 0 && breaches.empty() && time.step()) {
    }
  }

  void run(int actions) {
    submit_one();
    for (int done = 0; done < actions && breaches.empty(); ++done) {
      act();
      advance(draws.below(4));
    }
  }

  /// Credit for all, everything let go, then cancels what nobody started.
  void finish() {
    for (std::uint64_t id = 1; id <= last_id; ++id) {
      say(start{{id}});
      say(give_credit{{id}, 1000});
    }
    while (time.step()) {
      held.clear();
    }
  }

  rng draws;
  virtual_time time;
  sim_vocabulary vocabulary;
  std::vector<std::string> breaches;
  std::unique_ptr<virtual_host> host;
  listener heard;
  std::map<std::uint64_t, sequence_spec> specs;
  std::vector<blob> held;
  std::uint64_t last_id = 0;
  std::uint64_t last_export = 0;
};

void check_sequence(const sequence_spec& spec, const told_of& told, const soak& run) {
  CHECK((told.refused ? 1 : 0) + told.ends == 1);
  CHECK(told.in_order);
  const auto answer = spec.prefill_only ? token_list{} : expected_answer(spec, run.vocabulary);
  const auto from = spec.prefill_only ? std::size_t{0} : spec.delivered.size();
  REQUIRE(from + told.tokens.size() <= answer.size() + (spec.prefill_only ? 1 : 0));
  CHECK(std::equal(told.tokens.begin(), told.tokens.end(),
                   answer.begin() + static_cast<std::ptrdiff_t>(from)));
  if (told.end && *told.end->end == end_kind::length && !spec.prefill_only) {
    CHECK(from + told.tokens.size() == spec.max_tokens);
  }
  if (told.end && *told.end->end == end_kind::length && spec.prefill_only) {
    const auto blocks = cacheable_blocks(static_cast<std::uint32_t>(spec.prompt.size()));
    CHECK(told.exports.size() == blocks - std::min(blocks, spec.export_from));
  }
}

void check_log(const soak& run) {
  std::set<block_name> names;
  std::uint64_t seq = 0;
  for (const auto& entry : run.heard.log) {
    CHECK(entry.seq == ++seq);
    for (const auto name : entry.stored) {
      CHECK(names.insert(name).second);
    }
    for (const auto name : entry.removed) {
      CHECK(names.erase(name) == 1);
    }
  }
  const auto in_pool = run.host->loop().pool().names();
  CHECK(names == std::set<block_name>(in_pool.begin(), in_pool.end()));
}

} // namespace

TEST_CASE("a random client of thousands of events leaves nothing behind and gets exact tokens") {
  constexpr std::array<kv_groups, 3> shapes{
      {{},
       {.full_pages = 1, .window_pages = 1, .window_tokens = 20},
       {.full_pages = 2, .window_pages = 3, .window_tokens = 33}}};
  std::uint64_t phases = 0;
  std::uint64_t preempted = 0;
  std::uint64_t imports = 0;
  std::uint64_t host_hits = 0;
  for (std::uint64_t seed = 1; seed <= 36; ++seed) {
    CAPTURE(seed);
    soak run{seed, seed % 2 == 0 ? 40U : 18U, {}, shapes[seed % shapes.size()]};

    run.run(1500);
    run.finish();

    REQUIRE(run.breaches == std::vector<std::string>{});
    run.host->loop().check_invariants();
    CHECK(run.host->loop().is_idle());
    CHECK(run.heard.exports_done.size() == run.last_export);
    for (const auto& [id, spec] : run.specs) {
      CAPTURE(id);
      const auto& told = run.heard.sequences[id];
      check_sequence(spec, told, run);
      phases += told.phases.size();
      for (const auto phase : told.phases) {
        preempted += phase == sequence_phase::preempted ? 1 : 0;
      }
      for (const auto& part : told.imports) {
        imports += part.ok ? 1 : 0;
      }
    }
    check_log(run);
    host_hits += run.host->loop().stats().host_hits;
  }
  CHECK(phases > 1000);
  CHECK(preempted > 100);
  CHECK(imports > 100);
  CHECK(host_hits > 100);
}

TEST_CASE("the same seed gives the same run") {
  const auto trace = [](std::uint64_t seed) {
    soak run{seed, 20, {}};
    run.run(400);
    run.finish();
    std::uint64_t hash = static_cast<std::uint64_t>(run.time.elapsed().count());
    for (const auto& [id, told] : run.heard.sequences) {
      hash = mix64(hash, mix64(told.tokens.size(), told.phases.size()));
    }
    return hash;
  };

  CHECK(trace(5) == trace(5));
  CHECK(trace(5) != trace(6));
}

TEST_CASE("an engine without limbo, or that starts before its imports, is found out") {
  int no_limbo = 0;
  int eager = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    soak first{seed, 18, {.no_limbo = true}};
    first.run(1500);
    no_limbo += first.breaches.empty() ? 0 : 1;
    soak second{seed, 18, {.eager_start = true}};
    second.run(1500);
    eager += second.breaches.empty() ? 0 : 1;
  }

  CHECK(no_limbo >= 8);
  CHECK(eager >= 8);
}

} // namespace troupe::engine::test
