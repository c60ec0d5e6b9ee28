// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/tokenizer_reading.hpp"

namespace troupe::text {

namespace {

constexpr std::int64_t id_gap = 1024; ///< Ids that may lie unused even in a small vocabulary.

/// Files of before `type` are told apart by what they hold.
std::string type_of(const json::object_reader& model) {
  const auto* vocab = model.find("vocab");
  const bool is_scored = vocab != nullptr && vocab->as_array() != nullptr;
  return model.string_or("type", is_scored ? "Unigram" : "BPE");
}

std::size_t count_of(const json::value* list) {
  if (list == nullptr) {
    return 0;
  }
  const auto* members = list->as_object();
  const auto* items = list->as_array();
  return members != nullptr ? members->size() : items != nullptr ? items->size() : 0;
}

} // namespace

void read_model(tokenizer_reading& reading) {
  const auto model = reading.in.object("model");
  const auto tokens = count_of(model.find("vocab")) + count_of(reading.in.find("added_tokens"));
  reading.id_bound = 2 * static_cast<std::int64_t>(tokens) + id_gap;
  const auto type = type_of(model);
  if (!reading.wrong.empty()) {
    return;
  }
  if (type == "BPE") {
    read_bpe(reading, model);
  } else if (type == "Unigram") {
    read_unigram(reading, model);
  } else {
    reading.unsupported("model.type", "the model " + type + " (BPE and Unigram are read)");
  }
}

} // namespace troupe::text
