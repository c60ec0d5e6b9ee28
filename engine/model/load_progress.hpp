// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

namespace troupe::engine {

/// hash: the files, where it is not known what is in them. map: a packed copy is read and compared
/// with its checksums. pack: tensors are read, checked and packed. send: weights go to a device.
enum class load_stage : std::uint8_t { hash, map, pack, send };

/// `done_bytes` <= `total_bytes`, both of this stage; stages may be left out.
struct load_progress {
  load_stage stage = load_stage::hash;
  std::uint64_t done_bytes = 0;
  std::uint64_t total_bytes = 0;
};

/// Called in the thread that loads, about once per tensor or 128 MiB.
using progress_callback = std::function<void(const load_progress&)>;

} // namespace troupe::engine
