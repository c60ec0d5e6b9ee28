// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/assembly/node_stats.hpp"

#include <string>

namespace troupe {

/// The counters of one process in Prometheus' text format, every series with the label `node`.
/// docs/metrics.md lists them.
/// Checked: test/unit/assembly/node_metrics_test.cpp
[[nodiscard]] std::string metrics_text(const node_stats& of);

} // namespace troupe
