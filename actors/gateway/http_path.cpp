// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/http_path.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/base/utf8.hpp"

#include <algorithm>

namespace troupe {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

} // namespace

std::string decode_path(std::string_view target) {
  const auto path = target.substr(0, target.find_first_of("?#"));
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool is_escape = path[i] == '%' && i + 2 < path.size() && hex_digit(path[i + 1]) >= 0
                           && hex_digit(path[i + 2]) >= 0;
    if (is_escape) {
      out += static_cast<char>(hex_digit(path[i + 1]) * 16 + hex_digit(path[i + 2]));
      i += 2;
    } else {
      out += path[i];
    }
  }
  const auto begin = std::min(out.find_first_not_of('/'), out.size());
  out.erase(0, begin);
  while (out.ends_with('/')) {
    out.pop_back();
  }
  if (out == "v1" || out.starts_with("v1/")) {
    out.erase(0, std::min<std::size_t>(3, out.size()));
  }
  return out;
}

std::string header_value_of(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) {
    if (name.find_first_not_of(name_characters) == std::string::npos) {
      out += out.empty() ? "" : ",";
      out += name;
    }
  }
  return out;
}

error unknown_model(std::string_view name, bool knows_none) {
  if (knows_none) {
    return {.code = errors::no_worker,
            .text = "no model is served yet; retry when a worker has joined",
            .field = "model",
            .retryable = true,
            .retry_after_ms = 1000};
  }
  const bool is_shown = name.size() <= 256 && utf8::first_invalid(name) == name.size();
  const auto shown = is_shown ? std::string(name) : std::string("given");
  return {.code = errors::model_not_found,
          .text = "the model `" + shown + "` does not exist; GET /v1/models lists the names",
          .field = "model"};
}

} // namespace troupe
