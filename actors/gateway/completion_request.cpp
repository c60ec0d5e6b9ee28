// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/completion_request.hpp"

#include <array>
#include <string>

namespace troupe {

namespace {

/// Read or knowingly ignored, beside what all requests for text have.
constexpr std::array<std::string_view, 6> known{
    "prompt", "suffix", "best_of", "echo", "add_special_tokens", "prompt_logprobs"};

void refuse_unsupported(const json::object_reader& body, const completion_request& request) {
  if (!body.string_or("suffix", "").empty()) {
    body.wrong().add(errc::unsupported, "suffix",
                     "is not supported: nothing here fills in between two texts; leave it out");
  }
  if (const auto best = body.maybe_integer("best_of"); best && *best != request.choices) {
    body.wrong().add(errc::unsupported, "best_of",
                     "is not supported; leave it out and choose among n answers");
  }
}

} // namespace

result<completion_request> parse_completion_request(std::string_view body,
                                                    const request_options& options) {
  const auto document = request_reading::parse_body(body, "{\"model\": ..., \"prompt\": ...}");
  if (!document) {
    return document.err();
  }
  json::complaints wrong;
  const json::object_reader reader(*document, "", wrong);
  completion_request out;
  request_reading::read_model(reader, out.model);
  out.prompts = read_prompts(reader, "prompt", request_limits::prompts_max);
  request_reading::read_generation(reader, options, 0, out);
  read_completion_logprobs(reader, out.how);
  out.echo = reader.boolean_or("echo", false);
  out.add_special = reader.boolean_or("add_special_tokens", true);
  refuse_unsupported(reader, out);
  if (const auto answers = out.prompts.size() * out.choices;
      answers > request_limits::answers_max) {
    reader.complain("n", "and the prompts make " + std::to_string(answers)
                             + " answers; ask for at most "
                             + std::to_string(request_limits::answers_max));
  }
  if (out.max_tokens == 0U && !out.echo) {
    reader.complain("max_tokens", "is 0, which leaves nothing to answer; send echo, too");
  }
  if (wrong.first()) {
    return *wrong.first();
  }
  out.ignored = request_reading::unknown_fields(*document, known);
  return out;
}

} // namespace troupe
