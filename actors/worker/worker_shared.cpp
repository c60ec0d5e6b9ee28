// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/worker/worker_shared.hpp"

#include "runtime/base/hash.hpp"

#include <utility>

namespace troupe {

namespace {

std::uint64_t epoch_of(const worker_id& who) {
  return mix64(who.node.life.value, who.engine) | 1U;
}

} // namespace

worker_shared::worker_shared(worker_config what, engine::engine_host& host)
    : config(std::move(what)),
      engine(host),
      incoming(config.me, {.transfers_max = config.limits.transfers_in_max,
                           .pending_parts_max = config.limits.window_parts * 4}),
      outgoing({.transfers_max = config.limits.transfers_out_max,
                .window_parts = config.limits.window_parts,
                .ack_wait = config.limits.ack_wait},
               watches),
      reports(config.self, epoch_of(config.self), config.total_blocks, config.limits) {
}

std::optional<error> worker_shared::refusal(role_set role, const identity& who) const {
  if (is_closed || (config.roles & role) == 0) {
    return error{errors::draining, "this worker takes no such work; place it elsewhere", "", true};
  }
  if (who.model != config.card->digest || !who.lora.empty()) {
    return error{errors::wrong_model,
                 "this worker serves '" + config.card->model
                     + "' of another digest; place it again",
                 "", true};
  }
  return std::nullopt;
}

block_namer worker_shared::namer_of(const identity& who) const {
  return {config.card->content, who.lora, who.salt, config.cluster_secret};
}

} // namespace troupe
