// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/error.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/strong_id.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

/// One struct with every kind of field, and its older version.
namespace troupe::test {

enum class color : std::uint8_t { red = 0, green = 1, blue = 2 };
constexpr color last_enumerator(color) {
  return color::blue;
}

using small_id = strong_id<struct small_id_tag, std::uint16_t>;
using name_id = strong_id<struct name_id_tag, hash128>;

struct inner {
  std::uint32_t a = 7;
  std::string b;

  static constexpr auto fields() {
    return std::tuple{field(1, "a", &inner::a), field(2, "b", &inner::b, 10)};
  }
  friend bool operator==(const inner&, const inner&) = default;
};

struct sample {
  static constexpr wire_type type = 1000;
  static constexpr std::string_view name = "sample";
  static constexpr traffic traffic_class = traffic::ordered;

  bool flag = false;
  std::int8_t tiny = 0;
  std::int64_t wide = 0;
  std::uint64_t big = 0;
  float real = 0;
  double real_wide = 0;
  std::string text;
  bytes data;
  color hue = color::red;
  small_id id;
  hash128 hash;
  std::optional<inner> maybe;
  inner part;
  std::vector<std::uint32_t> tokens;
  std::vector<name_id> names;
  std::vector<inner> parts;
  std::vector<std::string> words;
  std::optional<std::uint32_t> number;
  error why;
  actor_ref who;

  static constexpr auto fields() {
    return std::tuple{
        field(1, "flag", &sample::flag),         field(2, "tiny", &sample::tiny),
        field(3, "wide", &sample::wide),         field(4, "big", &sample::big),
        field(5, "real", &sample::real),         field(6, "real_wide", &sample::real_wide),
        field(7, "text", &sample::text, 40),     field(8, "data", &sample::data, 40),
        field(9, "hue", &sample::hue),           field(10, "id", &sample::id),
        field(11, "hash", &sample::hash),        field(12, "maybe", &sample::maybe),
        field(13, "part", &sample::part),        field(14, "tokens", &sample::tokens, 100),
        field(15, "names", &sample::names, 100), field(16, "parts", &sample::parts, 100'000),
        field(17, "words", &sample::words, 4),   field(18, "number", &sample::number),
        field(19, "why", &sample::why),          field(20, "who", &sample::who)};
  }
  friend bool operator==(const sample&, const sample&) = default;
};

/// As an older node knows it.
struct old_sample {
  bool flag = false;
  std::string text;

  static constexpr auto fields() {
    return std::tuple{field(1, "flag", &old_sample::flag), field(7, "text", &old_sample::text)};
  }
};

/// A list of itself, for depth.
struct nest {
  std::vector<nest> inside;

  static constexpr auto fields() { return std::tuple{field(1, "inside", &nest::inside)}; }
};

} // namespace troupe::test
