// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/unit/worker/worker_net.hpp"

#include <algorithm>

using namespace troupe;

namespace {

/// Stands for a gateway: starts streams, takes tokens in order, places again what fails.
class client {
public:
  client(worker_net& net, actor_ref me) : net_(net), me_(me) {
    net.add_script(me, [this](const delivery& d) { hear(d); });
  }

  struct stream {
    generate what;
    actor_ref at;
    token_list got;
    std::optional<stream_end> end;
    std::uint32_t refused = 0;
    bool cancelled = false;
  };

  void start(std::uint64_t id, token_list prompt, std::uint32_t max_tokens, const actor_ref& decode,
             std::optional<worker_ref> prefill) {
    auto& s = streams[id];
    s.what = {.request = {hash128{1, id}},
              .who = {.model = net_.digest, .salt = "salt"},
              .prompt = std::move(prompt),
              .how = {.seed = id},
              .max_tokens = max_tokens,
              .streams = {{.stream = {id}, .attempt = {1}, .credit = max_tokens}},
              .prefill = prefill};
    s.at = decode;
    net_.say(me_, decode, s.what);
  }
  void cancel(std::uint64_t id) {
    auto& s = streams[id];
    s.cancelled = true;
    net_.say(me_, s.at, troupe::cancel{{id}, s.what.streams[0].attempt});
  }
  void replace(std::uint64_t id, const actor_ref& decode) {
    auto& s = streams[id];
    auto& one = s.what.streams[0];
    one.attempt.value += 1;
    one.delivered = s.got;
    s.end.reset();
    s.at = decode;
    net_.say(me_, decode, s.what);
  }

  /// What the engine must have made, by the oracle.
  [[nodiscard]] token_list expected(std::uint64_t id) const {
    const auto& s = streams.at(id);
    const block_namer namer(net_.content, "", "salt", net_.secret);
    auto history = engine::sim_history_of(engine::context_key(namer), s.what.prompt);
    token_list made;
    for (std::uint32_t i = 0; i < s.what.max_tokens; ++i) {
      made.push_back(engine::sim_token({worker_net::vocabulary, {}}, history, s.what.how.seed, 0));
      history = engine::sim_history_next(history, made.back());
    }
    return made;
  }

  std::map<std::uint64_t, stream> streams;

private:
  void hear(const delivery& d) {
    if (const auto* refusal = d.body.as<generate_refused>()) {
      auto& s = streams.at(refusal->streams[0].value);
      if (s.what.streams[0].attempt == refusal->attempt) {
        ++s.refused;
        REQUIRE(refusal->why.retryable);
        replace(refusal->streams[0].value, s.at);
      }
    } else if (const auto* made = d.body.as<tokens>()) {
      for (const auto& entry : made->entries) {
        take(d.from, entry);
      }
    }
  }
  void take(const actor_ref& from, const token_entry& entry) {
    auto& s = streams.at(entry.stream.value);
    if (!(from == s.at) || entry.attempt != s.what.streams[0].attempt) {
      return;
    }
    CHECK(entry.first_index == s.got.size());
    CHECK(!s.end);
    s.got.insert(s.got.end(), entry.tokens.begin(), entry.tokens.end());
    s.end = entry.end;
  }

  worker_net& net_;
  actor_ref me_;
};

token_list random_prompt(rng& chance, std::uint32_t groups) {
  // A few common beginnings, so that caches have something to find.
  rng beginning(chance.below(groups));
  token_list made(chance.below(400) + 1);
  const auto common = chance.below(made.size() + 1);
  for (std::size_t i = 0; i < made.size(); ++i) {
    made[i] = static_cast<token_id>((i < common ? beginning : chance).below(1024));
  }
  return made;
}

worker_ref worker_ref_of(const worker_net::worker& w) {
  return {.worker = {.node = w.ref.node}, .actor = w.ref};
}

} // namespace

TEST_CASE("two workers serve a prompt disaggregated, the second time from caches") {
  worker_net net(1);
  auto& decode = net.add_worker(1, 64);
  auto& prefill = net.add_worker(2, 64);
  client gateway(net, actor_ref{{{9}, {9}}, 1});
  rng chance(5);
  auto prompt = random_prompt(chance, 1);
  prompt.resize(330, 7);

  gateway.start(1, prompt, 20, decode.ref, worker_ref_of(prefill));
  net.run_for(5s);
  REQUIRE(gateway.streams[1].end);
  CHECK(gateway.streams[1].got == gateway.expected(1));
  CHECK(gateway.streams[1].end->cached_tokens == 0);
  CHECK(gateway.streams[1].end->computed_tokens == 330);

  gateway.start(2, prompt, 20, decode.ref, worker_ref_of(prefill));
  net.run_for(5s);
  REQUIRE(gateway.streams[2].end);
  CHECK(gateway.streams[2].got == gateway.expected(2));
  CHECK(gateway.streams[2].end->cached_tokens == 320);
  CHECK(gateway.streams[2].end->computed_tokens == 10);

  auto& third = net.add_worker(3, 64);
  gateway.start(3, prompt, 20, third.ref, worker_ref_of(prefill));
  net.run_for(5s);
  REQUIRE(gateway.streams[3].end);
  CHECK(gateway.streams[3].got == gateway.expected(3));
  CHECK(gateway.streams[3].end->cached_tokens == 320);
  CHECK(gateway.streams[3].end->computed_tokens == 10);
  for (const auto& w : net.workers) {
    CHECK(w->core->is_quiet());
    CHECK(w->host->loop().is_idle());
  }
}

TEST_CASE("what one worker computed another loads from the shard") {
  worker_net net(2);
  auto& first = net.add_worker(1, 64);
  auto& second = net.add_worker(2, 64);
  const actor_ref where{{{5}, {5}}, 1};
  cache_shard_core shard({.me = where, .capacity_bytes = 1 << 20});
  net.attach(where, shard);
  client gateway(net, actor_ref{{{9}, {9}}, 1});
  members all{.full = true};
  all.added.push_back(
      {.node = where.node, .services = {{.role = service_role::cache_shard, .actor = where}}});
  net.say(where, first.ref, all);
  net.say(where, second.ref, all);
  net.run_for(1s);
  token_list prompt(330, 7);

  gateway.start(1, prompt, 8, first.ref, std::nullopt);
  net.run_for(5s);
  CHECK(shard.store().size() == 20);
  gateway.start(2, prompt, 8, second.ref, std::nullopt);
  net.run_for(5s);

  REQUIRE(gateway.streams[2].end);
  CHECK(gateway.streams[2].got == gateway.expected(2));
  CHECK(gateway.streams[2].end->cached_tokens == 320);
  CHECK(gateway.streams[2].end->computed_tokens == 10);
  CHECK(shard.is_quiet());
  CHECK(first.core->is_quiet());
  CHECK(second.core->is_quiet());
}

TEST_CASE("random traffic, cancels and deaths lose no token and leave nothing behind") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    rng chance(seed);
    worker_net net(seed);
    const auto pool = static_cast<std::uint32_t>(40 + chance.below(100));
    for (std::uint64_t i = 1; i <= 4; ++i) {
      net.add_worker(i, pool, {.prefills_max = 6, .window_parts = 3});
    }
    const actor_ref where{{{50}, {50}}, 1};
    cache_shard_core shard({.me = where, .capacity_bytes = 256 * 60});
    net.attach(where, shard);
    client gateway(net, actor_ref{{{90}, {90}}, 1});
    client dying(net, actor_ref{{{91}, {91}}, 1});
    members all{.full = true};
    all.added.push_back(
        {.node = where.node, .services = {{.role = service_role::cache_shard, .actor = where}}});
    for (const auto& w : net.workers) {
      net.say(where, w->ref, all);
    }
    std::vector<std::size_t> alive{0, 1, 2, 3};
    for (std::uint64_t id = 1; id <= 40; ++id) {
      auto& decode = *net.workers[alive[chance.below(alive.size())]];
      auto& prefill = *net.workers[chance.below(4)];
      auto& who = chance.below(5) == 0 && id < 20 ? dying : gateway;
      who.start(id, random_prompt(chance, 3), static_cast<std::uint32_t>(1 + chance.below(30)),
                decode.ref,
                chance.below(3) == 0 ? std::nullopt : std::optional{worker_ref_of(prefill)});
      net.run_for(duration{static_cast<std::int64_t>(chance.below(4'000'000))});
      if (chance.below(8) == 0 && gateway.streams.contains(id)) {
        gateway.cancel(id);
      }
      if (id == 20) {
        net.kill(actor_ref{{{91}, {91}}, 1});
      }
      if (id == 25 && seed % 2 == 0) {
        const auto victim = chance.below(4);
        const auto ref = net.workers[victim]->ref;
        net.kill(ref);
        std::erase(alive, victim);
        for (auto& [number, s] : gateway.streams) {
          if (s.at == ref && !s.end && !s.cancelled) {
            gateway.replace(number, net.workers[alive[0]]->ref);
          }
        }
      }
      if (id == 30 && seed % 3 == 0) {
        net.kill(where);
      }
    }
    net.run_for(60s);
    for (const auto& [id, s] : gateway.streams) {
      CAPTURE(id);
      if (!s.cancelled) {
        REQUIRE(s.end);
        CHECK(s.end->kind == stream_end_kind::length);
        CHECK(s.got == gateway.expected(id));
      }
    }
    for (const auto victim : alive) {
      CAPTURE(victim);
      CHECK(net.workers[victim]->core->is_quiet());
      CHECK(net.workers[victim]->host->loop().is_idle());
    }
    CHECK((seed % 3 == 0 || shard.is_quiet()));
  }
}
