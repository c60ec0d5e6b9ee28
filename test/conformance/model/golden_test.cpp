// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/config.hpp"
#include "engine/model/native_executor.hpp"
#include "test/conformance/support/step_runner.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace troupe;

namespace {

const std::string directory = TROUPE_SOURCE_DIR "/models/tiny";

token_list ids_of(const json::value& from) {
  token_list ids;
  REQUIRE(from.as_array() != nullptr);
  for (const auto& item : *from.as_array()) {
    ids.push_back(static_cast<token_id>(*item.as_integer()));
  }
  return ids;
}

} // namespace

TEST_CASE("models/tiny gives the greedy answers that transformers gave in fp32") {
  auto model = engine::load_native(directory, {.threads = 2});
  REQUIRE_MESSAGE(model.has_value(), (model ? "" : model.err().text));
  auto& execution = *(*model).execution;
  execution.allocate_pool((*model).spec.context_tokens_max / block_tokens);
  const auto references = engine::read_json_file(directory + "/references.json");
  REQUIRE(references.has_value());
  const auto* conversations = (*references).find("conversations");
  REQUIRE(conversations != nullptr);
  REQUIRE(conversations->as_array()->size() >= 30);

  for (const auto& conversation : *conversations->as_array()) {
    const auto prompt = ids_of(*conversation.find("prompt_ids"));
    auto expected = ids_of(*conversation.find("answer_ids"));
    const bool has_stopped = *conversation.find("finish")->as_string() == "stop";
    const auto got = test::answer(execution, prompt, expected.size() + (has_stopped ? 1 : 0), 512);
    CAPTURE(*conversation.find("prompt")->as_string());
    REQUIRE(got.size() >= expected.size());
    CHECK(std::equal(expected.begin(), expected.end(), got.begin()));
    const auto& eos = (*model).generation.eos;
    const auto is_end = [&](token_id id) {
      return std::ranges::find(eos, id) != eos.end();
    };
    CHECK((!has_stopped || is_end(got.back()) || is_end(expected.back())));
  }
}
