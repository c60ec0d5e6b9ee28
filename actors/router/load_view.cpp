// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/router/load_view.hpp"

#include <algorithm>

namespace troupe {

void load_view::report(const worker_report& what, const actor_ref& router) {
  last_ = what;
  reported_ = true;
  for (const auto& seen : what.seen) {
    if (seen.router == router) {
      std::erase_if(unseen_, [&](const unseen& u) { return u.no <= seen.no; });
    }
  }
}

void load_view::placed(const unseen& what) {
  if (unseen_.size() >= unseen_count_max) {
    unseen_.pop_front();
  }
  unseen_.push_back(what);
}

void load_view::withdrawn(std::uint64_t no) {
  std::erase_if(unseen_, [&](const unseen& u) { return u.no == no; });
}

void load_view::expire(time_point now) {
  std::erase_if(unseen_, [&](const unseen& u) { return u.placed + unseen_max <= now; });
}

std::uint64_t load_view::waiting_tokens() const {
  auto tokens = last_.waiting_prompt_tokens;
  for (const auto& u : unseen_) {
    tokens += u.prompt_tokens;
  }
  return tokens;
}

std::uint32_t load_view::decoding() const {
  const auto coming = std::ranges::count_if(unseen_, &unseen::decodes);
  return last_.running + last_.waiting + static_cast<std::uint32_t>(coming);
}

std::optional<time_point> load_view::next_expiry() const {
  if (unseen_.empty()) {
    return std::nullopt;
  }
  return unseen_.front().placed + unseen_max;
}

} // namespace troupe
