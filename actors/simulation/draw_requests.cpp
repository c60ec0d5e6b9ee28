// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_clients.hpp"
#include "runtime/base/hash.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr std::uint64_t prefixes_count = 8;
constexpr std::uint64_t rules_seed = 0x72756c6573ULL;
constexpr std::uint64_t kind_seed = 0x6b696e64ULL;
constexpr std::uint64_t embedding_seed = 0x656d6265ULL;

token_list draw_tokens(std::uint64_t count, rng& draws) {
  token_list out(count);
  for (auto& token : out) {
    token = static_cast<token_id>(draws.below(256));
  }
  return out;
}

/// A quarter of the requests sample by rules; from draws of its own, so that all else stays.
void draw_rules(prepared& what, rng draws) {
  if (draws.below(4) != 0) {
    return;
  }
  what.how.repetition_penalty = draws.below(2) == 0 ? 1.3F : 1.0F;
  what.how.presence_penalty = draws.below(2) == 0 ? 0.6F : 0.0F;
  what.how.frequency_penalty = draws.below(2) == 0 ? -0.2F : 0.4F;
  what.how.min_p = draws.below(2) == 0 ? 0.05F : 0.0F;
  what.how.min_tokens = 1;
  what.how.logprobs = draws.below(2) == 0;
  what.rules.bias = {{static_cast<token_id>(draws.below(256)), 3.0F}};
  what.rules.banned = {static_cast<token_id>(draws.below(256))};
}

/// One in twelve has two texts more, as completions may, one in ten its prompts scored; from draws
/// of its own.
void draw_kind(prepared& what, rng draws) {
  what.continues_prompt = draws.below(2) == 0;
  if (draws.below(12) == 0) {
    what.prompts.push_back(what.prompts.front()); // Equal texts: blocks of one are the other's.
    what.prompts.push_back(draw_tokens(1 + draws.below(100), draws));
  }
  if (draws.below(10) == 0) {
    what.how.prompt_logprobs = true;
    what.how.prompt_top_logprobs = static_cast<std::uint32_t>(draws.below(3));
  }
}

/// One in `among` wants embeddings of its texts, a quarter of those of up to forty more; from draws
/// of its own.
void draw_embedding(prepared& what, std::uint32_t among, rng draws) {
  if (among == 0 || draws.below(among) != 0) {
    return;
  }
  what.pooling = draws.below(2) == 0 ? pooling_kind::mean : pooling_kind::last;
  for (auto more = draws.below(4) == 0 ? draws.below(40) : 0; more > 0; --more) {
    what.prompts.push_back(draw_tokens(1 + draws.below(100), draws));
  }
  what.how.prompt_logprobs = false;
  what.stop_tokens.clear();
  what.max_tokens = 1;
  what.choices = 1;
  what.stream = false;
}

} // namespace

std::vector<sim_request> draw_requests(const simulation_options& options, const sim_model& model,
                                       time_point from, time_point busy_at, rng draws) {
  std::vector<token_list> prefixes;
  for (std::uint64_t at = 0; at < prefixes_count; ++at) {
    prefixes.push_back(draw_tokens(48 + draws.below(600), draws));
  }
  std::vector<sim_request> out;
  auto asked_again = time_point::max();
  const auto span_us = static_cast<std::uint64_t>(options.span / 1us);
  for (std::uint32_t at = 0; at < options.requests; ++at) {
    prepared what;
    what.text = model.text;
    token_list prompt;
    if (draws.below(10) < 7) {
      prompt = prefixes[draws.below(prefixes_count)];
    }
    const auto rest = draw_tokens(1 + draws.below(200), draws);
    prompt.insert(prompt.end(), rest.begin(), rest.end());
    what.prompts.push_back(std::move(prompt));
    what.how = {.temperature = draws.below(2) == 0 ? 0.0F : 1.0F, .seed = draws()};
    what.seed_given = true;
    draw_rules(what, rng{mix64(what.how.seed, rules_seed)});
    draw_kind(what, rng{mix64(what.how.seed, kind_seed)});
    what.max_tokens = static_cast<std::uint32_t>(1 + draws.below(120));
    if (draws.below(3) == 0) {
      what.stop_tokens = {256, static_cast<token_id>(draws.below(256))};
    }
    what.choices = draws.below(12) == 0 ? 2 : 1;
    what.stream = true;
    what.forced.prefill = draws.below(2) == 0 ? prefill_mode::remote : prefill_mode::auto_;
    draw_embedding(what, options.embeddings, rng{mix64(what.how.seed, embedding_seed)});
    sim_request request{.id = {at + 1U}};
    if (asked_again != time_point::max()) {
      request.at = asked_again;
    } else if (draws.below(2) == 0) {
      request.at = busy_at - 1500ms + duration{1us} * draws.below(2'000'000);
    } else {
      request.at = from + duration{1us} * draws.below(span_us);
    }
    request.leaves_after = draws.below(8) == 0 ? 1 + draws.below(40) : 0;
    request.stalls_after = draws.below(10) == 0 ? 1 + draws.below(40) : 0;
    asked_again = time_point::max();
    if (draws.below(5) == 0) {
      request.patience = 1ms + duration{1us} * draws.below(60'000);
      asked_again = request.at + request.patience;
    }
    request.what = std::make_shared<const prepared>(std::move(what));
    out.push_back(std::move(request));
  }
  return out;
}

} // namespace troupe
