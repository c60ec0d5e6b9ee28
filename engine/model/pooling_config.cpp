// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/pooling_config.hpp"

#include "engine/model/model_error.hpp"
#include "runtime/json/fields.hpp"

#include <optional>

namespace troupe::engine {

result<pooling_kind> read_pooling(const json::value& config, const std::string& path) {
  if (config.is_null()) {
    return pooling_kind::none;
  }
  json::complaints wrong;
  const json::object_reader fields{config, "", wrong};
  const auto mode = fields.string_or("pooling_mode", "");
  const bool is_mean = fields.boolean_or("pooling_mode_mean_tokens", mode == "mean");
  const bool is_last = fields.boolean_or("pooling_mode_lasttoken", mode == "lasttoken");
  if (const auto& first = wrong.first()) {
    return model_error(path, first->field, first->text, "correct the file");
  }
  if (is_mean && is_last) {
    return pooling_kind::none; // Both beside each other: twice the numbers.
  }
  return is_mean ? pooling_kind::mean : is_last ? pooling_kind::last : pooling_kind::none;
}

result<pooling_kind> read_pooling(const gguf_file& file) {
  constexpr std::int64_t mean = 1;
  constexpr std::int64_t last = 3;
  const auto* architecture = file.find("general.architecture");
  const auto name = architecture != nullptr ? architecture->as_string() : std::nullopt;
  const auto key = std::string{name.value_or("")} + ".pooling_type";
  const auto* pooling = file.find(key);
  if (pooling == nullptr) {
    return pooling_kind::none;
  }
  const auto number = pooling->as_integer();
  if (!number) {
    return model_error(file.path(), key, "must be an integer", "convert the model anew");
  }
  return *number == mean   ? pooling_kind::mean
         : *number == last ? pooling_kind::last
                           : pooling_kind::none;
}

} // namespace troupe::engine
