// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/generation_config.hpp"

#include "engine/model/model_error.hpp"
#include "runtime/json/fields.hpp"

#include <algorithm>

namespace troupe::engine {
namespace {

constexpr std::size_t eos_max = 64;

result<void> read_eos(const json::value& from, const std::string& path, std::uint32_t vocab,
                      std::vector<token_id>& eos) {
  const auto* found = from.find("eos_token_id");
  if (found == nullptr || found->is_null()) {
    return {};
  }
  const auto list = found->as_array() != nullptr ? *found->as_array() : json::value::array{*found};
  if (list.size() > eos_max) {
    return model_error(path, "eos_token_id", "more than 64 ids", "keep those that end an answer");
  }
  for (const auto& item : list) {
    const auto* id = item.as_integer();
    if (id == nullptr || *id < 0 || *id >= vocab) {
      return model_error(path, "eos_token_id",
                         "must be token ids below the vocabulary's " + std::to_string(vocab),
                         "correct the file");
    }
    eos.push_back(static_cast<token_id>(*id));
  }
  return {};
}

} // namespace

result<generation_defaults> read_generation(const json::value& config,
                                            const json::value& generation, std::uint32_t vocab,
                                            const std::string& directory) {
  const auto path = directory + "/generation_config.json";
  generation_defaults defaults;
  if (auto read = read_eos(config, directory + "/config.json", vocab, defaults.eos); !read) {
    return read.err();
  }
  if (const auto* text = config.find("text_config")) {
    if (auto read = read_eos(*text, directory + "/config.json", vocab, defaults.eos); !read) {
      return read.err();
    }
  }
  if (auto read = read_eos(generation, path, vocab, defaults.eos); !read) {
    return read.err();
  }
  std::ranges::sort(defaults.eos);
  defaults.eos.erase(std::ranges::unique(defaults.eos).begin(), defaults.eos.end());
  if (generation.is_null()) {
    return defaults;
  }
  json::complaints wrong;
  const json::object_reader fields{generation, "", wrong};
  if (const auto value = fields.maybe_number("temperature", {0, 100})) {
    defaults.temperature = static_cast<float>(*value);
  }
  if (const auto value = fields.maybe_number("top_p", {1e-6, 1})) {
    defaults.top_p = static_cast<float>(*value);
  }
  if (const auto value = fields.maybe_integer("top_k", {0, 1 << 22})) {
    defaults.top_k = static_cast<std::uint32_t>(*value);
  }
  if (!fields.boolean_or("do_sample", true)) {
    defaults.temperature = 0.0F;
  }
  if (const auto& first = wrong.first()) {
    return model_error(path, first->field, first->text, "correct the file");
  }
  return defaults;
}

} // namespace troupe::engine
