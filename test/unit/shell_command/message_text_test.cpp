// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/message_text.hpp"

#include "apps/troupe/shell/message_fields.hpp"
#include "messages/registry.hpp"
#include "test/support/fill.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;
using namespace troupe::shell;

TEST_CASE("a message is written with the names of its fields") {
  const auto made = parse_message(
      R"(scale{slot="decode-1" run=true want={roles=decode extra=["--threads" "2"]} act=kill})");
  REQUIRE(made);
  const auto* what = made->as<scale>();
  REQUIRE(what != nullptr);
  CHECK(what->slot == "decode-1");
  CHECK(what->run);
  CHECK(what->want.roles == "decode");
  CHECK(what->want.extra == std::vector<std::string>{"--threads", "2"});
  CHECK(what->act == slot_act::kill);
}

TEST_CASE("JSON's marks are read as well, and a name alone is an empty message") {
  const auto made = parse_message(R"(scale{"slot": "x", "run": false})");
  REQUIRE(made);
  CHECK(made->as<scale>()->slot == "x");
  CHECK(parse_message("status_query")->as<status_query>() != nullptr);
  CHECK(parse_message("status_query{}")->as<status_query>() != nullptr);
}

TEST_CASE("what is wrong is named, with what there is") {
  const auto code_of = [](const char* text) {
    return parse_message(text).err().code;
  };
  CHECK(code_of("scael{}") == errc::unknown_type);
  CHECK(parse_message("scael{}").err().text.find("scale") != std::string::npos);
  CHECK(code_of("scale{slott=1}") == errc::unknown_option);
  CHECK(parse_message("scale{slott=1}").err().text.find("slot, run") != std::string::npos);
  CHECK(code_of("scale{run=7}") == errc::invalid_value);
  CHECK(parse_message("scale{want={http_port=70000}}").err().field == "want.http_port");
  CHECK(code_of("scale{act=explode}") == errc::invalid_value);
  CHECK(code_of(("scale{slot=\"" + std::string(300, 'x') + "\"}").c_str()) == errc::too_large);
  for (const char* text : {"", "{}", "scale{", "scale{slot}", "scale{slot=}", "scale{slot=\"x}",
                           "scale{} more", "scale[1]", "scale{x={{{{{{{{{{{{{{{{{{{{{{{{{{{{"}) {
    CAPTURE(text);
    CHECK(code_of(text) == errc::malformed);
  }
}

namespace {

template <class M>
void check_round() {
  CAPTURE(M::name);
  const auto sample = test::filled<M>();
  M back{};
  const auto read = fields_from(fields_json(sample), back);
  if (!read) {
    // Bytes have no text form; nothing else may fail.
    CHECK(read.err().text.find("bytes") != std::string::npos);
    return;
  }
  CHECK(same_fields(back, sample));
}

} // namespace

TEST_CASE("every message shows as JSON that makes the same message") {
  []<class... Ms>(message_list<Ms...>) {
    (check_round<Ms>(), ...);
  }(registry{});
}

TEST_CASE("queries are harmless, orders are not") {
  CHECK(is_harmless(status_query::type));
  CHECK(is_harmless(requests_query::type));
  CHECK_FALSE(is_harmless(scale::type));
  CHECK_FALSE(is_harmless(drain::type));
  CHECK_FALSE(is_harmless(9999));
}
