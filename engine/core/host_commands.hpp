// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine_host.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <variant>

/// What the two kinds of host share. Any thread.
namespace troupe::engine {

using snapshot_request = std::function<void(engine_host::snapshot)>;

/// Bytes of queued commands, mostly of imports; the next command is refused.
inline constexpr std::size_t commands_bytes_max = std::size_t{256} << 20U;

/// What a command counts against the bound of the queue.
[[nodiscard]] inline std::size_t bytes_of(const command& what) {
  if (const auto* import = std::get_if<import_block>(&what)) {
    return import->data.size();
  }
  if (const auto* names = std::get_if<export_blocks>(&what)) {
    return names->names.size() * sizeof(block_name);
  }
  if (const auto* fresh = std::get_if<reserve>(&what)) {
    const auto& spec = fresh->spec;
    return (spec.prompt.size() + spec.delivered.size() + spec.rules.allowed.size()
            + spec.rules.banned.size())
               * sizeof(token_id)
           + spec.rules.bias.size() * sizeof(token_bias);
  }
  return 0;
}

/// The options with the size of the pool decided.
[[nodiscard]] inline host_options with_pool(host_options options, const executor_traits& traits) {
  if (options.pool_blocks == 0) {
    const auto blocks = options.pool_bytes / std::max<std::size_t>(traits.block_bytes, 1);
    options.pool_blocks =
        static_cast<std::uint32_t>(std::clamp<std::size_t>(blocks, 1, std::size_t{1} << 24U));
  }
  return options;
}

[[nodiscard]] inline error queue_full() {
  return {errc::overloaded, "the engine's command queue is full; try again later", "", true};
}

} // namespace troupe::engine
