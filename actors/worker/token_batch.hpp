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
/// where its limits need them, with at most one entry per stream. Thread: inside the actor.
/// Checked: test/unit/worker
class token_batch {
public:
  void add(const actor_ref& gateway, token_entry entry) {
    auto& entries = gateways_[gateway];
    const auto key = std::pair{gateway, entry.stream};
    const auto known = at_.find(key);
    if (known == at_.end()) {
      at_[key] = entries.size();
      entries.push_back(std::move(entry));
      return;
    }
    auto& merged = entries[known->second];
    merged.tokens.insert(merged.tokens.end(), entry.tokens.begin(), entry.tokens.end());
    merged.logprobs.insert(merged.logprobs.end(), entry.logprobs.begin(), entry.logprobs.end());
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
    for (const auto& each : entry.logprobs) {
      count += 1 + each.top.size();
    }
    return count;
  }

  std::map<actor_ref, std::vector<token_entry>> gateways_;
  std::map<std::pair<actor_ref, stream_id>, std::size_t> at_;
};

} // namespace troupe
