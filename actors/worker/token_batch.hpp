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

/// Everything a batch of engine events has for the gateways: one `tokens` message for each, with at
/// most one entry per stream. Thread: inside the actor. Checked: test/unit/worker
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
    merged.end = std::move(entry.end);
  }

  void flush(std::uint64_t step, outbox& out) {
    for (auto& [gateway, entries] : gateways_) {
      for (std::size_t from = 0; from < entries.size(); from += limits::step_entries_max) {
        const auto to = std::min(entries.size(), from + limits::step_entries_max);
        tokens made{.step = step};
        for (auto i = from; i < to; ++i) {
          made.entries.push_back(std::move(entries[i]));
        }
        out.tell(gateway, std::move(made));
      }
    }
    gateways_.clear();
    at_.clear();
  }

private:
  std::map<actor_ref, std::vector<token_entry>> gateways_;
  std::map<std::pair<actor_ref, stream_id>, std::size_t> at_;
};

} // namespace troupe
