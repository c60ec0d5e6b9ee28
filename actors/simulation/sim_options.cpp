// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_options.hpp"

namespace troupe {

const std::vector<std::string>& mutant_names() {
  static const std::vector<std::string> names{
      "reused_stream_ids", "no_limbo",         "eager_fallback", "worker_minted_attempt",
      "lane_by_size",      "session_not_kept", "eager_snapshot"};
  return names;
}

result<mutant_switches> parse_mutant(std::string_view name) {
  mutant_switches out;
  if (name == "reused_stream_ids") {
    out.gateway.reused_stream_ids = true;
  } else if (name == "no_limbo") {
    out.engine.no_limbo = true;
  } else if (name == "eager_fallback") {
    out.worker.eager_fallback = true;
    out.engine.eager_start = true;
  } else if (name == "worker_minted_attempt") {
    out.worker.worker_minted_attempt = true;
  } else if (name == "lane_by_size") {
    out.links.lane_by_size = true;
  } else if (name == "session_not_kept") {
    out.links.session_not_kept = true;
  } else if (name == "eager_snapshot") {
    out.worker.eager_snapshot = true;
    out.router.eager_snapshot = true;
  } else if (!name.empty()) {
    std::string all;
    for (const auto& each : mutant_names()) {
      all += (all.empty() ? "" : ", ") + each;
    }
    return error{.code = errc::invalid_value,
                 .text = "no mutant is called '" + std::string(name) + "'; there are " + all,
                 .field = "sim.mutant"};
  }
  return out;
}

} // namespace troupe
