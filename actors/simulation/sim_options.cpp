// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_options.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace troupe {

namespace {

constexpr std::array scene_names{
    std::pair{simulation_scene::serving, std::string_view("serving")},
    std::pair{simulation_scene::directories, std::string_view("directories")},
    std::pair{simulation_scene::bus, std::string_view("bus")},
    std::pair{simulation_scene::crowd, std::string_view("crowd")},
    std::pair{simulation_scene::poison, std::string_view("poison")},
};

} // namespace

std::string_view name_of(simulation_scene scene) {
  const auto found =
      std::ranges::find(scene_names, scene, &decltype(scene_names)::value_type::first);
  return found->second;
}

simulation_scene parse_scene(std::string_view name) {
  for (const auto& [scene, text] : scene_names) {
    if (text == name) {
      return scene;
    }
  }
  return simulation_scene::serving;
}

bool has_kind(simulation_scene scene, fault what) {
  const bool is_of_store = what == fault::store_put || what == fault::store_get;
  return scene == (is_of_store ? simulation_scene::serving : simulation_scene::bus);
}

namespace {

using link_switch = bool bus_mutants::*;
using directory_switch = bool directory_mutants::*;

const std::map<std::string_view, directory_switch>& directory_switches() {
  static const std::map<std::string_view, directory_switch> all{
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
  return all;
}

const std::map<std::string_view, link_switch>& link_switches() {
  static const std::map<std::string_view, link_switch> all{
      {"lane_by_size", &bus_mutants::lane_by_size},
      {"session_not_kept", &bus_mutants::session_not_kept},
      {"hold_unchecked", &bus_mutants::hold_unchecked},
      {"sequence_unchecked", &bus_mutants::sequence_unchecked},
      {"credit_kept", &bus_mutants::credit_kept},
      {"window_ignored", &bus_mutants::window_ignored},
      {"incarnation_unchecked", &bus_mutants::incarnation_unchecked},
      {"delivered_twice", &bus_mutants::delivered_twice},
      {"watch_lost", &bus_mutants::watch_lost},
      {"watch_twice", &bus_mutants::watch_twice},
      {"demonitor_ignored", &bus_mutants::demonitor_ignored},
      {"deadline_unarmed", &bus_mutants::deadline_unarmed},
      {"farewell_ignored", &bus_mutants::farewell_ignored},
      {"requests_forgotten", &bus_mutants::requests_forgotten},
      {"answers_unmatched", &bus_mutants::answers_unmatched},
      {"refs_unbound", &bus_mutants::refs_unbound},
      {"waiting_lost", &bus_mutants::waiting_lost},
      {"unknown_forgotten", &bus_mutants::unknown_forgotten},
      {"joined_early", &bus_mutants::joined_early},
      {"ended_silently", &bus_mutants::ended_silently},
      {"canary", &bus_mutants::canary}};
  return all;
}

template <class Owner>
bool break_rule(std::string_view name, const std::map<std::string_view, bool Owner::*>& switches,
                Owner& out) {
  const auto found = switches.find(name);
  if (found != switches.end()) {
    out.*(found->second) = true;
  }
  return found != switches.end();
}

} // namespace

const std::vector<std::string>& mutant_names() {
  static const auto names = [] {
    std::vector<std::string> out{"reused_stream_ids",     "no_limbo",          "eager_fallback",
                                 "worker_minted_attempt", "eager_snapshot",    "ignores_deaths",
                                 "suspects_in_company",   "blames_bystanders", "word_kept",
                                 "word_unrepeated",       "latecomers_untold", "put_unchecked"};
    for (const auto& [name, place] : link_switches()) {
      out.emplace_back(name);
    }
    for (const auto& [name, place] : directory_switches()) {
      out.emplace_back(name);
    }
    return out;
  }();
  return names;
}

result<mutant_switches> parse_mutant(std::string_view name) {
  mutant_switches out;
  if (break_rule(name, directory_switches(), out.directory)
      || break_rule(name, link_switches(), out.links)) {
    return out;
  }
  if (name == "ignores_deaths") {
    out.gateway.ignores_deaths = true;
  } else if (name == "suspects_in_company") {
    out.gateway.suspects_in_company = true;
  } else if (name == "blames_bystanders") {
    out.gateway.blames_bystanders = true;
  } else if (name == "word_kept") {
    out.gateway.word_kept = true;
  } else if (name == "word_unrepeated") {
    out.gateway.word_unrepeated = true;
  } else if (name == "latecomers_untold") {
    out.gateway.latecomers_untold = true;
  } else if (name == "reused_stream_ids") {
    out.gateway.reused_stream_ids = true;
  } else if (name == "put_unchecked") {
    out.put_unchecked = true;
  } else if (name == "no_limbo") {
    out.engine.no_limbo = true;
  } else if (name == "eager_fallback") {
    out.worker.eager_fallback = true;
    out.engine.eager_start = true;
  } else if (name == "worker_minted_attempt") {
    out.worker.worker_minted_attempt = true;
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
