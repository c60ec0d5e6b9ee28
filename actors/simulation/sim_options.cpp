// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_options.hpp"

#include <map>

namespace troupe {

const std::vector<std::string>& mutant_names() {
  static const std::vector<std::string> names{
      "reused_stream_ids", "no_limbo",         "eager_fallback",  "worker_minted_attempt",
      "lane_by_size",      "session_not_kept", "eager_snapshot",  "leads_when_young",
      "young_speaks",      "keeps_leading",    "same_number",     "ignores_holders",
      "lease_unchecked",   "asleep_removes",   "epoch_unchecked", "forgets_alone",
      "obeys_older_epochs"};
  return names;
}

namespace {

bool break_directory(std::string_view name, directory_mutants& out) {
  static const std::map<std::string_view, bool directory_mutants::*> switches{
      {"leads_when_young", &directory_mutants::leads_when_young},
      {"young_speaks", &directory_mutants::young_speaks},
      {"keeps_leading", &directory_mutants::keeps_leading},
      {"same_number", &directory_mutants::same_number},
      {"ignores_holders", &directory_mutants::ignores_holders},
      {"lease_unchecked", &directory_mutants::lease_unchecked},
      {"asleep_removes", &directory_mutants::asleep_removes},
      {"epoch_unchecked", &directory_mutants::epoch_unchecked},
      {"forgets_alone", &directory_mutants::forgets_alone},
      {"obeys_older_epochs", &directory_mutants::obeys_older_epochs}};
  const auto found = switches.find(name);
  if (found != switches.end()) {
    out.*(found->second) = true;
  }
  return found != switches.end();
}

} // namespace

result<mutant_switches> parse_mutant(std::string_view name) {
  mutant_switches out;
  if (break_directory(name, out.directory)) {
    return out;
  }
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
