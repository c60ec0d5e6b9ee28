// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/worker/engine_queue.hpp"

#include <utility>

namespace troupe {

bool engine_queue::try_new(engine::command what) {
  retry();
  return waiting_.empty() && host_.try_submit(std::move(what)).has_value();
}

void engine_queue::give_credit(engine::sequence_id id, std::uint64_t up_to) {
  for (auto& command : waiting_) {
    if (auto* credit = std::get_if<engine::give_credit>(&command);
        credit != nullptr && credit->id == id) {
      credit->up_to = up_to;
      return;
    }
  }
  must(engine::give_credit{id, up_to});
}

void engine_queue::end(engine::sequence_id id) {
  if (ending_.insert(id).second) {
    must(engine::cancel{id});
  }
}

void engine_queue::must(engine::command what) {
  retry();
  if (!waiting_.empty() || !host_.try_submit(what)) {
    waiting_.push_back(std::move(what));
  }
}

void engine_queue::retry() {
  while (!waiting_.empty() && host_.try_submit(waiting_.front())) {
    waiting_.pop_front();
  }
}

} // namespace troupe
