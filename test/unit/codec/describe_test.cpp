// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/codec/describe.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace troupe {

namespace {

enum class colour : std::uint8_t { red = 0, green = 1 };
constexpr colour last_enumerator(colour) {
  return colour::green;
}

using shape_id = strong_id<struct shape_id_tag, std::uint64_t>;

struct point {
  std::int32_t x = 0;

  static constexpr auto fields() { return std::tuple{field(1, "x", &point::x)}; }
};

struct shape {
  shape_id id;
  colour ink = colour::red;
  std::string title;
  std::vector<point> corners;
  std::optional<std::vector<hash128>> parts;
  float size = 0;
  error why;

  static constexpr auto fields() {
    return std::tuple{field(1, "id", &shape::id),          field(2, "ink", &shape::ink),
                      field(3, "title", &shape::title),    field(4, "corners", &shape::corners, 7),
                      field(6, "parts", &shape::parts, 9), field(7, "size", &shape::size),
                      field(8, "why", &shape::why)};
  }
};

} // namespace

} // namespace troupe

using namespace troupe;

TEST_CASE("a struct is described by its fields' numbers, names, types and bounds") {
  type_catalog seen;

  const auto fields = seen.describe<shape>();

  REQUIRE(fields.size() == 7);
  const auto holds = [&](std::size_t i, unsigned number, const char* type, std::size_t items_max) {
    CAPTURE(fields[i].name);
    CHECK(fields[i].number == number);
    CHECK(fields[i].type == type);
    CHECK(fields[i].items_max == items_max);
  };
  holds(0, 1, "shape_id (u64)", 0);
  holds(1, 2, "colour", 0);
  holds(2, 3, "text", text_bytes_max);
  holds(3, 4, "list of point", 7);
  holds(4, 6, "optional list of hash128", 9);
  holds(5, 7, "f32", 0);
  holds(6, 8, "error", 0);
  CHECK(fields[3].name == "corners");
}

TEST_CASE("what a described struct is made of is described too") {
  type_catalog seen;

  CHECK(seen.describe<shape>().size() == 7);

  CHECK(seen.enums().at("colour") == std::vector<std::string>{"red", "green"});
  REQUIRE(seen.structs().size() == 2);
  CHECK(seen.structs().at("point").at(0).type == "i32");
  CHECK(seen.structs().at("error").at(0).type == "errc (u16)");
}
