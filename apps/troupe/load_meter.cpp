// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/load_meter.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace troupe {
namespace {

const char* name_of(engine::load_stage stage) {
  switch (stage) {
    case engine::load_stage::hash:
      return "hashing";
    case engine::load_stage::map:
      return "reading the packed copy";
    case engine::load_stage::send:
      return "sending to the device";
    case engine::load_stage::pack:
      break;
  }
  return "packing";
}

} // namespace

double gigabytes_per_second(std::uint64_t bytes, duration took) {
  const auto seconds = to_seconds(took);
  return seconds <= 0 ? 0 : static_cast<double>(bytes) / 1e9 / seconds;
}

std::optional<std::string> load_meter::line(const engine::load_progress& at, time_point now) {
  if (stage_ != at.stage) {
    stage_ = at.stage;
    stage_began_ = heard_;
    shown_.reset();
  }
  heard_ = now;
  const bool is_end = at.done_bytes == at.total_bytes;
  if (shown_ && now - *shown_ < 100ms && !is_end) {
    return std::nullopt;
  }
  shown_ = now;
  const auto share = at.total_bytes == 0 ? 100
                                         : 100.0 * static_cast<double>(at.done_bytes)
                                               / static_cast<double>(at.total_bytes);
  const auto rate = gigabytes_per_second(at.done_bytes, now - stage_began_);
  std::array<char, 80> text{};
  std::snprintf(text.data(), text.size(), ", %.0f %%", std::floor(share));
  auto line = model_ + ": " + name_of(at.stage) + text.data();
  if (rate > 0) {
    const auto left = static_cast<double>(at.total_bytes - at.done_bytes) / 1e9 / rate;
    std::snprintf(text.data(), text.size(), ", %.1f GB/s, %.0f s left", rate, std::ceil(left));
    line += text.data();
  }
  return line;
}

} // namespace troupe
