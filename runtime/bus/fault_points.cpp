// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/fault_points.hpp"

namespace troupe {

namespace {

constexpr std::array<std::string_view, fault_count> names{
    "lose", "duplicate", "reorder", "delay",     "dial",     "refuse", "timer",
    "cut",  "one_way",   "split",   "isolate",   "sever",    "clog",   "pause",
    "hang", "restart",   "leave",   "store_put", "store_get"};

error unknown(std::string_view text, const std::string& field) {
  std::string all;
  for (const auto name : names) {
    all += (all.empty() ? "" : ", ") + std::string(name);
  }
  return {.code = errc::invalid_value,
          .text = "no fault is called '" + std::string(text) + "'; there are all, none, " + all,
          .field = field};
}

} // namespace

std::string_view name_of(fault what) {
  return names.at(static_cast<std::size_t>(what));
}

result<fault_set> fault_set::parse(std::string_view text, const std::string& field) {
  if (text == "all") {
    return all();
  }
  fault_set out;
  if (text == "none") {
    return out;
  }
  for (;;) {
    const auto comma = text.find(',');
    const auto one = text.substr(0, comma);
    bool found = false;
    for (std::size_t at = 0; at < fault_count; ++at) {
      if (names[at] == one) {
        out.add(static_cast<fault>(at));
        found = true;
      }
    }
    if (!found) {
      return unknown(one, field);
    }
    if (comma == std::string_view::npos) {
      return out;
    }
    text.remove_prefix(comma + 1);
  }
}

std::string fault_set::text() const {
  if (*this == all()) {
    return "all";
  }
  std::string out;
  for (std::size_t at = 0; at < fault_count; ++at) {
    if (has(static_cast<fault>(at))) {
      out += (out.empty() ? "" : ",") + std::string(names[at]);
    }
  }
  return out.empty() ? "none" : out;
}

fault_points::fault_points(std::uint64_t seed) {
  rng source(seed);
  for (std::size_t at = 0; at < fault_count; ++at) {
    points_[at].draw = source.fork(at);
  }
}

void fault_points::silence() {
  for (auto& point : points_) {
    point.rate = 0;
  }
}

} // namespace troupe
