// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/embedding_request.hpp"

#include <array>

namespace troupe {

namespace {

constexpr std::array<std::string_view, 7> known{
    "model", "input", "encoding_format", "dimensions", "user", "pooling", "add_special_tokens"};

void read_shape(const json::object_reader& body, embedding_request& out) {
  const auto format = body.string_or("encoding_format", "float");
  out.is_base64 = format == "base64";
  if (!out.is_base64 && format != "float") {
    body.complain("encoding_format", "\"" + format + "\" is unknown; use float or base64");
  }
  out.dimensions = static_cast<std::uint32_t>(
      body.maybe_integer("dimensions", {1, limits::embedding_size_max}).value_or(0));
  if (const auto pooling = body.maybe_string("pooling")) {
    if (*pooling == "mean" || *pooling == "last") {
      out.pooling = *pooling == "mean" ? pooling_kind::mean : pooling_kind::last;
    } else {
      body.complain("pooling", "\"" + *pooling + "\" is unknown; use mean or last");
    }
  }
}

} // namespace

result<embedding_request> parse_embedding_request(std::string_view body, const request_options&) {
  const auto document = request_reading::parse_body(body, "{\"model\": ..., \"input\": ...}");
  if (!document) {
    return document.err();
  }
  json::complaints wrong;
  const json::object_reader reader(*document, "", wrong);
  embedding_request out;
  request_reading::read_model(reader, out.model);
  out.inputs = read_prompts(reader, "input", request_limits::embedding_inputs_max);
  read_shape(reader, out);
  out.add_special = reader.boolean_or("add_special_tokens", true);
  request_reading::read_affinity(reader, out.affinity);
  if (wrong.first()) {
    return *wrong.first();
  }
  out.ignored = request_reading::unlisted_fields(*document, known);
  return out;
}

} // namespace troupe
