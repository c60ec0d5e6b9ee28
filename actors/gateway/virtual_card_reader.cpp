// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/virtual_card_reader.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

void virtual_card_reader::listen(sink to) {
  state_->to = std::move(to);
}

result<void> virtual_card_reader::try_submit(card_job what) {
  if (state_->open >= jobs_max) {
    return error{.code = errc::overloaded,
                 .text = "too many model cards wait to be read; try later",
                 .retryable = true};
  }
  ++state_->open;
  state_->free_at = std::max(state_->free_at, time_.now()) + cost_;
  queue_.at(state_->free_at, [weak = std::weak_ptr<state>(state_), job = std::move(what)] {
    if (const auto here = weak.lock()) {
      --here->open;
      here->to({job.number, model_text::from_card(job.card)});
    }
  });
  return {};
}

} // namespace troupe
