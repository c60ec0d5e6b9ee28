// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/key_options.hpp"

#include "runtime/process/files.hpp"
#include "runtime/process/system.hpp"

#include <chrono>

namespace troupe {

keys::unix_seconds wall_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(process::wall_now().time_since_epoch())
      .count();
}

std::string keys_directory_of(const command_context& cx) {
  return cx.config.keys.empty()
             ? process::state_directory(cx.environment) + "/keys/" + cx.config.cluster
             : cx.config.keys;
}

} // namespace troupe
