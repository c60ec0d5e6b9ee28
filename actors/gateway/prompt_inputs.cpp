// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/prompt_inputs.hpp"

#include "actors/gateway/sampling_request.hpp"

#include <utility>

namespace troupe {

namespace {

constexpr auto wanted = "is neither text, token ids nor a list of one of them; correct its type";
constexpr auto is_empty = "is empty; send some text or token ids";

void read_one(json::complaints& wrong, const std::string& path, const json::value& from,
              prompt_inputs& out) {
  if (const auto* text = from.as_string()) {
    out.emplace_back(*text);
  } else if (const auto* ids = from.as_array(); ids != nullptr && ids->empty()) {
    wrong.add(errc::invalid_value, path, is_empty);
  } else if (ids != nullptr) {
    token_list tokens;
    read_token_ids(wrong, path, *ids, tokens);
    out.emplace_back(std::move(tokens));
  } else {
    wrong.add(errc::invalid_value, path, wanted);
  }
}

} // namespace

prompt_inputs read_prompts(const json::object_reader& body, std::string_view name,
                           std::size_t inputs_max) {
  prompt_inputs out;
  const auto path = body.path_of(name);
  const auto& from = body.required(name);
  const auto* list = from.as_array();
  const bool is_one = list == nullptr || (!list->empty() && list->front().as_integer() != nullptr);
  if (is_one) {
    if (body.find(name) != nullptr) {
      read_one(body.wrong(), path, from, out);
    }
  } else if (list->empty()) {
    body.complain(name, is_empty);
  } else if (list->size() > inputs_max) {
    body.wrong().add(errc::too_large, path,
                     "has " + std::to_string(list->size()) + " of them; send at most "
                         + std::to_string(inputs_max) + " in one request");
  } else {
    for (std::size_t at = 0; at < list->size() && body.wrong().empty(); ++at) {
      read_one(body.wrong(), json::path_at(path, at), (*list)[at], out);
    }
  }
  return out;
}

} // namespace troupe
