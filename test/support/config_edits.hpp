// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/config.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/json/read.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

/// A config.json with other fields, and what the reader makes of it.
namespace troupe::test {

inline json::value with(json::value config, std::string_view name, std::string_view text) {
  config.set(name, *json::parse(text));
  return config;
}

inline engine::model_spec spec_of(const json::value& config) {
  const auto spec = engine::read_config(config, "");
  REQUIRE_MESSAGE(spec.has_value(), (spec ? "" : spec.err().text));
  return *spec;
}

inline error refusal(const json::value& config) {
  const auto spec = engine::read_config(config, "m/config.json");
  REQUIRE_FALSE(spec.has_value());
  CHECK(spec.err().code == errors::model_invalid);
  return spec.err();
}

inline std::string refused_field(const json::value& config) {
  return refusal(config).field;
}

} // namespace troupe::test
