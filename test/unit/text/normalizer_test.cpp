// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/normalizer.hpp"

#include "engine/text/white_space.hpp"
#include "runtime/json/read.hpp"

#include <doctest/doctest.h>

namespace troupe::text {
namespace {

std::string normal(std::string_view description, std::string_view text) {
  const auto document = json::parse(description);
  REQUIRE(document);
  json::complaints wrong;
  const auto with = normalizer::parse(*document, "normalizer", wrong);
  if (wrong.first()) {
    return "! " + wrong.first()->field;
  }
  std::string storage;
  return std::string(with.apply(text, storage));
}

TEST_CASE("each step does its part and a sequence all of them in order") {
  CHECK(normal("null", "\u212b") == "\u212b");
  CHECK(normal(R"({"type":"NFKC"})", "\uff21\ufb01") == "Afi");
  CHECK(normal(R"({"type":"NFD"})", "\u00e9") == "e\u0301");
  CHECK(normal(R"({"type":"Lowercase"})", "ÄΣ\u0130x") == "äσi\u0307x");
  CHECK(normal(R"({"type":"Strip","strip_left":true,"strip_right":false})", "\u3000 a ") == "a ");
  CHECK(normal(R"({"type":"Strip","strip_left":true,"strip_right":true})", " \n").empty());
  CHECK(normal(R"({"type":"Prepend","prepend":"_"})", "a") == "_a");
  CHECK(normal(R"({"type":"Prepend","prepend":"_"})", "").empty());
  CHECK(normal(R"({"type":"Replace","pattern":{"String":"a.b"},"content":"\\1"})", "a.b axb")
        == "\\1 axb");
  CHECK(normal(R"({"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "})", "a   b c  ")
        == "a b c ");
  CHECK(normal(R"({"type":"Sequence","normalizers":[{"type":"Prepend","prepend":" "},
          {"type":"Replace","pattern":{"String":" "},"content":"_"}]})",
               "a b")
        == "_a_b");
}

TEST_CASE("steps that multiply a text without measure are refused") {
  const std::string wide =
      R"({"type":"Replace","pattern":{"String":"x"},"content":")" + std::string(100, 'x') + "\"}";
  CHECK(normal(wide, "x") == std::string(100, 'x'));
  CHECK(normal(R"({"type":"Sequence","normalizers":[)" + wide + "," + wide + "]}", "x")
        == "! normalizer.normalizers[1].content");
}

TEST_CASE("white ends are Unicode's, not Python's") {
  CHECK(without_white_ends("\u0085\u00a0a\u180e", true, true) == "a\u180e");
  CHECK(without_white_ends("\x1c", true, true) == "\x1c");
  CHECK(without_white_ends("\u3000", false, true).empty());
}

} // namespace
} // namespace troupe::text
