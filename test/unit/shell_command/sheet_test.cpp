// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/sheet.hpp"

#include "runtime/json/write.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::shell;

namespace {

sheet example() {
  return {.name = "actors",
          .columns = {"actor", "mailbox", "busy_ms", "number"},
          .rows = {{"a@b", 12, 3.14159, 1}, {"longer@b", 3, nullptr, 2}},
          .facts = {{"cluster", "test"}},
          .before = {"above"},
          .after = {"below"},
          .hidden = {"number"}};
}

} // namespace

TEST_CASE("people see aligned columns, numbers to the right, and no hidden ones") {
  CHECK(as_text(example())
        == "above\n"
           "ACTOR     MAILBOX  BUSY-MS\n"
           "a@b            12     3.14\n"
           "longer@b        3        -\n"
           "below\n");
}

TEST_CASE("programs see everything under stable names") {
  CHECK(
      json::write(as_json(example()))
      == R"({"cluster":"test","actors":[{"actor":"a@b","mailbox":12,"busy_ms":3.14159,"number":1},)"
         R"({"actor":"longer@b","mailbox":3,"busy_ms":null,"number":2}]})");
}

TEST_CASE("numbers are short") {
  CHECK(cell_text(1.0) == "1");
  CHECK(cell_text(0.126) == "0.13");
  CHECK(cell_text(1234.56) == "1235");
  CHECK(cell_text(true) == "yes");
  CHECK(cell_text("") == "-");
  CHECK(cell_text(json::value{json::value::array{json::value{1}}}) == "[1]");
}
