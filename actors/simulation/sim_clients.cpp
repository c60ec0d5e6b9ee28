// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_clients.hpp"

#include "engine/core/logprobs.hpp"
#include "engine/core/sim/sim_embedding.hpp"
#include "engine/core/sim/sim_logits.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

bool sim_clients::is_live(client_id who) const {
  const auto found = clients_.find(who);
  return found != clients_.end() && found->second.now == state::live;
}

void sim_clients::submitted(const sim_request& what) {
  client c{.request = what};
  for (std::uint32_t at = 0; at < what.what->answers(); ++at) {
    const auto start = engine::sim_history_of(model_.context_key, what.what->prompt_of(at));
    c.choices.push_back({.history = start,
                         .tokens = {},
                         .scored_history = engine::sim_history(model_.context_key)});
  }
  clients_.emplace(what.id, std::move(c));
}

bool sim_clients::left(client_id who) {
  if (!is_live(who)) {
    return false;
  }
  clients_.at(who).now = state::left;
  ++left_;
  return true;
}

void sim_clients::gateway_knows(client_id who) {
  clients_.at(who).gateway_knows = true;
}

void sim_clients::resumed(client_id who) {
  clients_.at(who).is_stalled = false;
}

void sim_clients::gateway_lost() {
  for (auto& [id, c] : clients_) {
    if (c.now == state::live) {
      c.now = state::lost;
      ++lost_;
    }
  }
}

void sim_clients::fail(client_id who, const std::string& what) {
  calls_.fail("client " + std::to_string(who.value) + ": " + what);
}

sim_clients::client* sim_clients::live(client_id who, const char* doing) {
  const auto found = clients_.find(who);
  if (found != clients_.end() && found->second.now == state::live) {
    return &found->second;
  }
  const bool has_just_left =
      found != clients_.end() && found->second.now == state::left && !found->second.gateway_knows;
  if (!has_just_left) {
    fail(who, std::string(doing) + " after its end");
  }
  return nullptr;
}

token_id sim_clients::next_token(const client& c, std::uint32_t choice) const {
  const auto& what = *c.request.what;
  const auto& said = c.choices[choice];
  return engine::sim_sampled_token(model_.engine.vocabulary, said.history, what.how, what.rules,
                                   what.stop_tokens, what.choice_no(choice), what.prompt_of(choice),
                                   said.tokens);
}

bool sim_clients::takes_scores(client& c, std::uint32_t choice,
                               std::span<const token_logprobs> told) {
  const auto& what = *c.request.what;
  const auto& prompt = what.prompt_of(choice);
  auto& said = c.choices[choice];
  std::vector<float> logits;
  for (const auto& each : told) {
    if (said.scored >= what.scores_of(choice)) {
      fail(c.request.id, "more of its prompt is scored than was asked for");
      return false;
    }
    said.scored_history = engine::sim_history_next(said.scored_history, prompt[said.scored]);
    engine::fill_sim_logits(model_.engine.vocabulary, said.scored_history, logits);
    const auto expected =
        engine::logprobs_of(logits, prompt[++said.scored], what.how.prompt_top_logprobs);
    if (each.logprob != expected.logprob || each.top != expected.top) {
      fail(c.request.id, "token " + std::to_string(said.scored) + " of the prompt of choice "
                             + std::to_string(choice) + " is scored wrongly (property 1)");
      return false;
    }
    calls_.trace(c.request.id.value, 0x4000U + said.scored);
  }
  return true;
}

void sim_clients::take_embedding(client& c, std::uint32_t choice, std::span<const float> told) {
  const auto& what = *c.request.what;
  auto& said = c.choices[choice];
  if (what.pooling == pooling_kind::none || said.is_embedded) {
    fail(c.request.id, "an embedding that nobody asked for, or a second one");
    return;
  }
  const auto expected = engine::sim_embedding(model_.context_key, what.prompt_of(choice),
                                              what.pooling, model_.engine.embedding_size);
  if (!std::ranges::equal(told, expected)) {
    fail(c.request.id, "the embedding of input " + std::to_string(choice)
                           + " is another than its own (property 1)");
  }
  said.is_embedded = true;
  ++embedded_;
  calls_.trace(c.request.id.value, 0x8000U + choice);
}

bool sim_clients::ends_well(const client& c, std::uint32_t choice, finish_reason why) const {
  const auto& what = *c.request.what;
  const auto& said = c.choices[choice];
  if (what.pooling != pooling_kind::none) {
    return said.is_embedded && said.tokens.empty();
  }
  if (why == finish_reason::length) {
    return said.tokens.size() == what.max_tokens;
  }
  return why == finish_reason::stop
         && std::ranges::count(what.stop_tokens, next_token(c, choice)) != 0;
}

bool sim_clients::on_delta(client_id who, std::uint32_t choice, const choice_delta& what) {
  auto* c = live(who, "tokens");
  if (c == nullptr) {
    return true;
  }
  if (choice >= c->choices.size() || c->choices[choice].ended) {
    fail(who, "tokens of a choice that does not run");
    return true;
  }
  auto& said = c->choices[choice];
  const auto& request = *c->request.what;
  if (!what.embedding.empty()) {
    take_embedding(*c, choice, what.embedding);
    return true;
  }
  if (!takes_scores(*c, choice, what.prompt_logprobs)) {
    return true;
  }
  if (!what.tokens.empty() && said.scored != request.scores_of(choice)) {
    fail(who, "a token before its prompt is scored");
  }
  for (const auto token : what.tokens) {
    const auto expected = next_token(*c, choice);
    if (token != expected || std::ranges::count(request.stop_tokens, token) != 0) {
      fail(who, "token " + std::to_string(said.tokens.size()) + " of choice "
                    + std::to_string(choice) + " is " + std::to_string(token) + " and not "
                    + std::to_string(expected) + " (property 1)");
      return true;
    }
    said.history = engine::sim_history_next(said.history, token);
    said.tokens.push_back(token);
    ++c->tokens;
    ++tokens_;
    calls_.trace(who.value, token);
  }
  if (said.tokens.size() > request.max_tokens) {
    fail(who, "more than max_tokens");
  }
  if (c->request.leaves_after > 0 && c->tokens >= c->request.leaves_after && !c->is_leaving) {
    c->is_leaving = true;
    calls_.leave(who);
  }
  if (c->request.stalls_after > 0 && c->tokens >= c->request.stalls_after) {
    c->request.stalls_after = 0;
    c->is_stalled = true;
    calls_.stall(who);
  }
  return !c->is_stalled;
}

void sim_clients::on_end(client_id who, std::uint32_t choice, finish_reason why,
                         const token_usage& used) {
  auto* c = live(who, "an end");
  if (c == nullptr) {
    return;
  }
  if (choice >= c->choices.size() || c->choices[choice].ended) {
    fail(who, "a second end of a choice");
    return;
  }
  auto& said = c->choices[choice];
  said.ended = true;
  const auto& request = *c->request.what;
  if (said.scored != request.scores_of(choice)) {
    fail(who, "an end before its prompt is scored");
  }
  if (!ends_well(*c, choice, why)) {
    fail(who, "choice " + std::to_string(choice) + " ended too early, after "
                  + std::to_string(said.tokens.size()) + " tokens");
  }
  calls_.trace(who.value, 0x1000U + choice);
  if (!std::ranges::all_of(c->choices, [](const auto& each) { return each.ended; })) {
    return;
  }
  c->now = state::ended;
  ++ended_;
  if (used.completion_tokens != c->tokens || used.prompt_tokens != request.prompt_tokens()) {
    fail(who, "usage says " + std::to_string(used.prompt_tokens) + " + "
                  + std::to_string(used.completion_tokens) + " tokens instead of "
                  + std::to_string(request.prompt_tokens()) + " + " + std::to_string(c->tokens));
  }
}

void sim_clients::on_error(client_id who, const error& why) {
  auto* c = live(who, "an error");
  if (c != nullptr) {
    c->now = state::ended;
    ++ended_;
    if (c->request.must_fail_with != errc::none && why.code == c->request.must_fail_with) {
      ++told_;
      calls_.trace(who.value, 0x2000U);
      if (calls_.told) {
        calls_.told(who);
      }
      return;
    }
    fail(who, "failed though one fault must not fail it (property 5): " + why.text);
  }
}

std::string sim_clients::unfinished() const {
  for (const auto& [id, c] : clients_) {
    if (c.now == state::live) {
      return "client " + std::to_string(id.value) + " has not ended; it has "
             + std::to_string(c.tokens) + " tokens";
    }
  }
  return {};
}

} // namespace troupe
