// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/chaos/wire_fault.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace troupe::chaos {

namespace {

constexpr std::array<std::pair<wire_fault, std::string_view>, 7> all_faults{{
    {wire_fault::delay, "delay"},
    {wire_fault::half_open, "half_open"},
    {wire_fault::reset, "reset"},
    {wire_fault::flip, "flip"},
    {wire_fault::duplicate, "duplicate"},
    {wire_fault::reorder, "reorder"},
    {wire_fault::clog, "clog"},
}};

} // namespace

std::string_view name_of(wire_fault what) {
  return all_faults.at(static_cast<std::size_t>(what)).second;
}

result<std::vector<wire_fault>> parse_wire_faults(const std::vector<std::string>& names) {
  std::vector<wire_fault> out;
  for (const auto& name : names) {
    const auto found =
        std::ranges::find(all_faults, name, [](const auto& each) { return each.second; });
    if (found == all_faults.end()) {
      std::string known;
      for (const auto& [what, its] : all_faults) {
        known += (known.empty() ? "" : ", ") + std::string(its);
      }
      return error{.code = errc::invalid_value,
                   .text = "'" + name + "' is no fault of a wire; there are " + known,
                   .field = "chaos.faults"};
    }
    out.push_back(found->first);
  }
  if (out.empty()) {
    for (const auto& [what, name] : all_faults) {
      out.push_back(what);
    }
  }
  return out;
}

} // namespace troupe::chaos
