// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/chat_template.hpp"
#include "engine/text/tokenizer.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/json/read.hpp"
#include "test/unit/text/files.hpp"

#include <doctest/doctest.h>

namespace troupe::text {
namespace {

json::value file(const std::string& path) {
  auto read = json::parse(source_file(path));
  REQUIRE(read);
  return std::move(*read);
}

TEST_CASE("templates render as Jinja2 renders them") {
  const auto golden = file("test/unit/text/template_golden.json");
  const render_limits limits{.unix_seconds = *golden.find("unix_seconds")->as_integer()};
  const auto& cases = *golden.find("cases")->as_array();
  REQUIRE(cases.size() > 100);
  for (const auto& one : cases) {
    const auto& source = *one.find("template")->as_string();
    CAPTURE(source);
    const auto parsed = chat_template::parse(source);
    const auto rendered =
        parsed ? parsed->render(*one.find("variables"), limits) : result<std::string>(parsed.err());
    if (const auto* expected = one.find("output")) {
      if (!rendered) {
        FAIL_CHECK(rendered.err().text);
        continue;
      }
      CHECK(*rendered == *expected->as_string());
    } else {
      CHECK(!rendered);
      CHECK((rendered ? errc::none : rendered.err().code) == errors::template_failed);
    }
  }
}

TEST_CASE("tiny's template renders and encodes as the reference did") {
  const auto with = tokenizer::parse(source_file("models/tiny/tokenizer.json"),
                                     source_file("models/tiny/tokenizer_config.json"));
  REQUIRE(with);
  const auto parsed = chat_template::parse((*with)->config().find_template()->source);
  REQUIRE(parsed);
  const auto references = file("models/tiny/references.json");
  REQUIRE(references.find("conversations")->as_array()->size() >= 10);
  for (const auto& one : *references.find("conversations")->as_array()) {
    json::value variables = json::object_of({{"add_generation_prompt", true}});
    variables.set("messages", *one.find("messages")).set("tools", *one.find("tools"));

    const auto prompt = parsed->render(variables);

    REQUIRE(prompt);
    CHECK(*prompt == *one.find("prompt")->as_string());
    json::value ids{json::value::array{}};
    for (const auto token : (*with)->encode(*prompt)) {
      ids.push_back(token);
    }
    CHECK(ids == *one.find("prompt_ids"));
  }
}

} // namespace
} // namespace troupe::text
