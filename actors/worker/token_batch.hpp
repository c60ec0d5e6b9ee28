// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/outbox.hpp"
#include "messages/generate.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace troupe {

/// Everything a batch of engine events has for the gateways: one `tokens` message for each, more
/// where its limits need them, with one entry per stream but where log probabilities need more.
/// Thread: inside the actor. Checked: test/unit/worker/worker_scores_test.cpp
class token_batch {
public:
  void add(const actor_ref& gateway, token_entry entry) {
    auto& entries = gateways_[gateway];
    const auto key = std::pair{gateway, entry.stream};
    const auto known = at_.find(key);
    const bool fits =
        known != at_.end()
        && logprobs_in(entries[known->second]) + logprobs_in(entry) <= limits::step_logprobs_max;
    if (!fits) {
      at_[key] = entries.size();
      entries.push_back(std::move(entry));
      return;
    }
    auto& merged = entries[known->second];
    merged.tokens.insert(merged.tokens.end(), entry.tokens.begin(), entry.tokens.end());
    merged.logprobs.insert(merged.logprobs.end(), entry.logprobs.begin(), entry.logprobs.end());
    if (merged.prompt_logprobs.empty()) {
      merged.first_scored = entry.first_scored;
    }
    merged.prompt_logprobs.insert(merged.prompt_logprobs.end(), entry.prompt_logprobs.begin(),
                                  entry.prompt_logprobs.end());
    merged.end = std::move(entry.end);
  }

  void flush(std::uint64_t step, outbox& out) {
    for (auto& [gateway, entries] : gateways_) {
      tokens made{.step = step};
      std::size_t logprobs = 0;
      for (auto& entry : entries) {
        const auto more = logprobs_in(entry);
        if (made.entries.size() == limits::step_entries_max
            || (!made.entries.empty() && logprobs + more > limits::step_logprobs_max)) {
          out.tell(gateway, std::exchange(made, tokens{.step = step}));
          logprobs = 0;
        }
        logprobs += more;
        made.entries.push_back(std::move(entry));
      }
      out.tell(gateway, std::move(made));
    }
    gateways_.clear();
    at_.clear();
  }

private:
  static std::size_t logprobs_in(const token_entry& entry) {
    std::size_t count = 0;
    for (const auto* each : {&entry.logprobs, &entry.prompt_logprobs}) {
      for (const auto& one : *each) {
        count += 1 + one.top.size();
      }
    }
    return count;
  }

  std::map<actor_ref, std::vector<token_entry>> gateways_;
  std::map<std::pair<actor_ref, stream_id>, std::size_t> at_;
};

} // namespace troupe
