// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/gateway_core.hpp"
#include "test/unit/gateway/test_model.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Drives a gateway_core without CAF: one event at a time, invariants after each.
namespace troupe::test {

inline actor_ref actor(std::uint64_t node, std::uint64_t number, std::uint64_t session = 0) {
  return {.node = {{node}, {node * 10}}, .actor = number, .session = session};
}

inline const actor_ref gateway_ref = actor(1, 1);
inline const actor_ref router_a = actor(2, 1);
inline const actor_ref router_b = actor(3, 1);
inline const actor_ref worker_a = actor(4, 1);
inline const actor_ref worker_b = actor(5, 1);

inline worker_ref worker(const actor_ref& who) {
  return {.worker = {.node = who.node}, .actor = who};
}

inline token_list as_tokens(std::string_view text) {
  token_list out;
  for (const char byte : text) {
    out.push_back(static_cast<unsigned char>(byte));
  }
  return out;
}

/// What clients saw.
struct fake_sink : client_sink {
  struct seen {
    std::string text;
    token_list tokens;
    std::vector<float> scores; ///< Of the prompt.
    std::vector<float> embedding;
    std::optional<finish_reason> why;
    int ends = 0;
  };
  struct client {
    std::map<std::uint32_t, seen> choices;
    std::vector<error> errors;
    token_usage used;
  };

  bool on_delta(client_id who, std::uint32_t choice, const choice_delta& what) override {
    auto& c = clients[who].choices[choice];
    c.text += what.text;
    c.tokens.insert(c.tokens.end(), what.tokens.begin(), what.tokens.end());
    for (const auto& each : what.prompt_logprobs) {
      c.scores.push_back(each.logprob);
    }
    c.embedding.insert(c.embedding.end(), what.embedding.begin(), what.embedding.end());
    return has_room;
  }
  void on_end(client_id who, std::uint32_t choice, finish_reason why,
              const token_usage& used) override {
    auto& c = clients[who].choices[choice];
    c.why = why;
    ++c.ends;
    clients[who].used = used;
  }
  void on_error(client_id who, const error& why) override { clients[who].errors.push_back(why); }

  std::map<client_id, client> clients;
  bool has_room = true;
};

/// Keeps cards until the test has them read.
struct manual_reader : card_reader {
  void listen(sink) override {}
  [[nodiscard]] result<void> try_submit(card_job what) override {
    if (is_full) {
      return error{.code = errc::overloaded};
    }
    jobs.push_back(std::move(what));
    return {};
  }

  std::vector<card_job> jobs;
  bool is_full = false;
};

class core_rig {
public:
  explicit core_rig(gateway_config config = {}, gateway_mutants mutants = {})
      : core(std::move(config), gateway_ref, 99, sink, texts, reader, mutants) {}

  /// Routers a and b, and no worker: cards are asked of nobody.
  void know_routers() {
    members known{.epoch = 1, .version = 1, .full = true};
    known.added = {
        {.node = router_a.node, .services = {{.role = service_role::router, .actor = router_a}}},
        {.node = router_b.node, .services = {{.role = service_role::router, .actor = router_b}}}};
    say(actor(9, 1), known);
  }

  std::shared_ptr<prepared> request(std::uint32_t max_tokens = 100) {
    auto what = std::make_shared<prepared>();
    what->text = text;
    what->prompts = {as_tokens("hello")};
    what->max_tokens = max_tokens;
    what->stop_tokens = {256};
    return what;
  }

  void submit(std::uint64_t client, std::shared_ptr<const prepared> what) {
    out.clear();
    context cx{.now = now, .out = out};
    core.submit({{client}, {{0, client}}, std::move(what)}, cx);
    core.check_invariants();
  }

  template <class M>
  void say(const actor_ref& from, M what) {
    out.clear();
    const delivery d{.from = from, .body = message::of(std::move(what))};
    context cx{.now = now, .out = out, .from = &d};
    dispatch(core, d, cx);
    core.check_invariants();
  }

  template <class F>
  void call(F f) {
    out.clear();
    context cx{.now = now, .out = out};
    f(core, cx);
    core.check_invariants();
  }

  void down(const actor_ref& who) {
    call([&](gateway_core& c, context& cx) {
      c.on_down(who, {.code = errc::peer_gone, .text = "link lost", .retryable = true}, cx);
    });
  }

  void tick() {
    call([](gateway_core& c, context& cx) { c.tick(cx); });
  }

  /// Time passes; the outbox keeps the sends of the last wake-up.
  void advance(duration by) {
    now += by;
    tick();
  }

  /// The first card that waits is read.
  void read_card() {
    TROUPE_CHECK(!reader.jobs.empty());
    const auto job = reader.jobs.front();
    reader.jobs.erase(reader.jobs.begin());
    call([&](gateway_core& c, context& cx) {
      c.on_card({job.number, model_text::from_card(job.card)}, cx);
    });
  }

  /// The only message of type M sent by the last event.
  template <class M>
  const M& sent() {
    const auto all = out.sent<M>();
    TROUPE_CHECK(all.size() == 1);
    return *all.front();
  }

  /// Lets the stream of the last `place` run at `where`; returns its generate.
  generate placed_at(const actor_ref& where) {
    const place asked = sent<place>();
    const auto router = out.sends().front().to;
    say(router, placement{.stream = asked.stream,
                          .attempt = asked.attempt,
                          .decode = worker(where),
                          .cached_blocks = 2,
                          .no = 5});
    return sent<generate>();
  }

  /// Submits a request and has it running at `where`.
  stream_start running(std::uint64_t client, const actor_ref& where,
                       std::shared_ptr<const prepared> what = nullptr) {
    submit(client, what != nullptr ? what : request());
    return placed_at(where).streams.front();
  }

  void make(const actor_ref& from, const stream_start& which, std::uint32_t first_index,
            std::string_view text_made, std::optional<stream_end> end = {}) {
    tokens batch;
    batch.entries.push_back({.stream = which.stream,
                             .attempt = which.attempt,
                             .first_index = first_index,
                             .tokens = as_tokens(text_made),
                             .end = std::move(end)});
    say(from, batch);
  }

  fake_sink::client& client(std::uint64_t id) { return sink.clients[{id}]; }
  fake_sink::seen& choice(std::uint64_t id, std::uint32_t which = 0) {
    return sink.clients[{id}].choices[which];
  }

  time_point now = time_point{} + 1h;
  fake_sink sink;
  text_registry texts;
  manual_reader reader;
  outbox out;
  std::shared_ptr<const model_text> text = byte_model();
  gateway_core core;
};

} // namespace troupe::test
