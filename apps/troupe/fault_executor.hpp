// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"

#include <cstdint>
#include <memory>

namespace troupe {

/// A fault for tests (--fault-poison-seed): the process dies by a segmentation fault in the first
/// step that computes a request with this sampling seed.
[[nodiscard]] std::unique_ptr<engine::executor> make_poisonable(
    std::unique_ptr<engine::executor> exec, std::uint64_t seed);

} // namespace troupe
