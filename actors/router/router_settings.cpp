// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/router/router_core.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>

/// What operators may change of how a running router decides.
namespace troupe {

namespace {

struct setting {
  std::string_view name;
  double least;
  double most;
  double (*get)(const router_config&);
  void (*set)(router_config&, double);
};

constexpr std::array settings{
    setting{"near_equal_ms", 0, 60'000,
            [](const router_config& c) -> double { return c.near_equal_ms; },
            [](router_config& c, double v) {
              c.near_equal_ms = static_cast<float>(v);
            }},
    setting{"admit_ttft_ms_max", 0, 3'600'000,
            [](const router_config& c) -> double { return c.admit_ttft_ms_max; },
            [](router_config& c, double v) {
              c.admit_ttft_ms_max = static_cast<std::uint32_t>(v);
            }},
    setting{"transfer_ms_fixed", 0, 60'000,
            [](const router_config& c) -> double { return c.predictor.transfer_ms_fixed; },
            [](router_config& c, double v) {
              c.predictor.transfer_ms_fixed = static_cast<float>(v);
            }},
    setting{"transfer_tokens_per_s", 1, 1e9,
            [](const router_config& c) -> double { return c.predictor.transfer_tokens_per_s; },
            [](router_config& c, double v) {
              c.predictor.transfer_tokens_per_s = static_cast<float>(v);
            }},
};
static_assert(settings.size() <= limits::settings_max);

std::string text_of(double value) {
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%g", value);
  return out.data();
}

std::string names() {
  std::string all;
  for (const auto& one : settings) {
    all += (all.empty() ? "" : ", ") + std::string(one.name);
  }
  return all;
}

} // namespace

std::vector<fact> router_core::settings_now() const {
  std::vector<fact> told;
  for (const auto& one : settings) {
    told.push_back({std::string(one.name), text_of(one.get(config_))});
  }
  return told;
}

void router_core::on(const router_set& what, context& cx) {
  const auto* found = std::ranges::find(settings, what.setting, &setting::name);
  if (found == settings.end()) {
    cx.out.respond(*cx.from, error{.code = errc::invalid_value,
                                   .text = "a router has no such setting; there are " + names(),
                                   .field = "setting"});
    return;
  }
  if (!(what.value >= found->least && what.value <= found->most)) { // Not a number is neither.
    cx.out.respond(*cx.from, error{.code = errc::invalid_value,
                                   .text = what.setting + " is " + text_of(found->least) + " to "
                                           + text_of(found->most),
                                   .field = "value"});
    return;
  }
  const auto before = text_of(found->get(config_));
  found->set(config_, what.value);
  audit(config_.log, what.who, "router set " + what.setting + "=" + text_of(what.value),
        "done; it was " + before);
  cx.out.respond(*cx.from, router_settings{settings_now()});
}

} // namespace troupe
