// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/worker/worker_core.hpp"
#include "runtime/base/hash.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// An engine that only writes down what it is told.
class scripted_engine final : public engine::engine_host {
public:
  [[nodiscard]] const engine::executor_traits& traits() const override { return traits_; }
  [[nodiscard]] std::uint32_t pool_blocks() const override { return 64; }
  void listen(engine::event_sink) override {}
  [[nodiscard]] result<void> try_submit(engine::command what) override {
    if (full) {
      return error{errc::overloaded, "full", "", true};
    }
    commands.push_back(std::move(what));
    return {};
  }
  void take_snapshot(std::function<void(snapshot)>) override {}

  template <class C>
  [[nodiscard]] std::vector<C> got() const {
    std::vector<C> found;
    for (const auto& command : commands) {
      if (const auto* c = std::get_if<C>(&command)) {
        found.push_back(*c);
      }
    }
    return found;
  }

  bool full = false;
  std::vector<engine::command> commands;

private:
  engine::executor_traits traits_;
};

inline actor_ref actor_of(std::uint64_t node, std::uint64_t actor = 1) {
  return {.node = {.node = {node}, .life = {node * 1000}}, .actor = actor};
}

/// One worker with a scripted engine: says what arrives, keeps what leaves.
class worker_rig {
public:
  static constexpr std::size_t block_bytes = 64;

  explicit worker_rig(worker_mutants mutants = {}, worker_limits limits = {}) {
    auto card = std::make_shared<model_card>();
    card->model = "tiny";
    card->digest = digest;
    card->content = {hash128{5, 6}};
    card->layout = layout;
    card->context_tokens_max = 2048;
    card->attachment = blob(bytes(10));
    worker_config config{.self = {.node = me.node},
                         .me = me,
                         .node_name = "w1",
                         .card = card,
                         .cluster_secret = 42,
                         .block_bytes = block_bytes,
                         .total_blocks = 64,
                         .ask_snapshot = [this] { ++snapshots_asked; },
                         .limits = limits,
                         .mutants = mutants,
                         .log =
                             [this](const audit_entry& one) {
                               books.push_back(one.who + "|" + one.what + "|" + one.outcome);
                             }};
    core = std::make_unique<worker_core>(std::move(config), engine);
  }

  template <bus_message M>
  void say(const actor_ref& from, M what) {
    hear({.from = from, .body = message::of(std::move(what))});
  }
  template <bus_message M>
  void ask(const actor_ref& from, std::uint64_t id, M what) {
    hear({.from = from,
          .what = delivery::kind::request,
          .request_id = id,
          .body = message::of(std::move(what))});
  }
  void hear(const delivery& what) {
    context cx{now, out, &what};
    REQUIRE(dispatch(*core, what, cx));
    core->check_invariants();
  }
  template <bus_message M>
  void respond(std::uint64_t request, M what) {
    const delivery answer{.what = delivery::kind::response, .body = message::of(std::move(what))};
    respond_with(request, answer);
  }
  void respond(std::uint64_t request, error why) {
    const delivery answer{.what = delivery::kind::response, .why = std::move(why)};
    respond_with(request, answer);
  }

  void engine_says(std::vector<engine::event> events) {
    ++stats.step;
    context cx{now, out};
    core->on_engine({std::move(events), stats}, cx);
    core->check_invariants();
  }
  void down(const actor_ref& who) {
    context cx{now, out};
    core->on_down(who, {errc::peer_gone, "gone"}, cx);
    core->check_invariants();
  }
  /// Lets time pass, waking the core when it wants.
  void pass(duration much) {
    const auto until = now + much;
    while (core->next_wake() && *core->next_wake() <= until) {
      now = std::max(now, *core->next_wake());
      context cx{now, out};
      core->tick(cx);
      core->check_invariants();
    }
    now = until;
  }

  /// The last message of type M sent to anyone, with where it went.
  template <bus_message M>
  [[nodiscard]] const M& last() const {
    const auto all = out.sent<M>();
    REQUIRE(!all.empty());
    return *all.back();
  }
  template <bus_message M>
  [[nodiscard]] std::size_t count(const actor_ref& to = {}) const {
    return out.sent<M>(to).size();
  }
  /// Number of the last request of type M.
  template <bus_message M>
  [[nodiscard]] std::uint64_t request_of() const {
    std::uint64_t found = 0;
    for (const auto& send : out.sends()) {
      if (send.body.as<M>() != nullptr && send.what == delivery::kind::request) {
        found = send.request_id;
      }
    }
    REQUIRE(found != 0);
    return found;
  }
  [[nodiscard]] engine::sequence_id sequence() const {
    const auto all = engine.got<engine::reserve>();
    REQUIRE(!all.empty());
    return all.back().spec.id;
  }
  [[nodiscard]] bool watches(const actor_ref& who) const {
    bool on = false;
    for (const auto& change : out.watches()) {
      on = change.who == who ? change.on : on;
    }
    return on;
  }

  [[nodiscard]] std::vector<block_name> names(const token_list& tokens) const {
    return block_namer({hash128{5, 6}}, "", "salt", 42).all(tokens);
  }
  [[nodiscard]] generate request(std::uint64_t stream, std::uint32_t attempt = 1,
                                 std::uint32_t prompt_tokens = 100) const {
    return {.request = {hash128{1, stream}},
            .who = {.model = digest, .salt = "salt"},
            .prompt = prompt(prompt_tokens),
            .max_tokens = 8,
            .placed = {.router = router, .no = stream},
            .streams = {{.stream = {stream}, .attempt = {attempt}, .credit = 64}}};
  }
  /// A generate that computes its 6 blocks at another worker, and is reserved with none cached.
  void start_remote(std::uint64_t stream = 1) {
    auto what = request(stream);
    what.prefill = worker_ref{.worker = {.node = prefiller.node}, .actor = prefiller};
    say(gateway, what);
    engine_says({engine::reserved{sequence(), 0, 6}});
  }
  [[nodiscard]] part block(transfer_id transfer, std::uint32_t ordinal) const {
    const bytes data(block_bytes, static_cast<std::byte>(ordinal));
    return {.transfer = transfer,
            .ordinal = ordinal,
            .block = names(prompt(100))[ordinal],
            .layout = layout,
            .checksum = hash64(data),
            .attachment = blob(data)};
  }
  static token_list prompt(std::uint32_t count) {
    token_list made(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      made[i] = i + 3;
    }
    return made;
  }
  /// Tells the worker that there is a shard and a router.
  void meet(bool with_shard = true) {
    members all{.full = true};
    all.added.push_back(
        {.node = router.node, .services = {{.role = service_role::router, .actor = router}}});
    if (with_shard) {
      all.added.push_back(
          {.node = shard.node, .services = {{.role = service_role::cache_shard, .actor = shard}}});
    }
    say(router, all);
  }

  time_point now = time_point{} + 1h;
  outbox out;
  scripted_engine engine;
  engine::engine_stats stats{.free_blocks = 64, .total_blocks = 64};
  std::vector<std::string> books; ///< What operators did.
  int snapshots_asked = 0;
  actor_ref me = actor_of(1);
  actor_ref gateway = actor_of(2);
  actor_ref router = actor_of(3);
  actor_ref prefiller = actor_of(4);
  actor_ref shard = actor_of(5);
  model_digest digest{hash128{7, 8}};
  layout_id layout{77};
  std::unique_ptr<worker_core> core;

private:
  void respond_with(std::uint64_t request, const delivery& answer) {
    context cx{now, out};
    core->on_response(request, answer, cx);
    core->check_invariants();
  }
};

} // namespace troupe
