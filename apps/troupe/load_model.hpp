// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/options.hpp"
#include "engine/core/executor.hpp"
#include "engine/core/witnessed_executor.hpp"
#include "engine/engine_host.hpp"
#include "engine/model/decoder_weights.hpp"
#include "engine/model/packed_writing.hpp"
#include "messages/model.hpp"
#include "runtime/base/result.hpp"
#include "runtime/observe/log.hpp"

#include <map>
#include <memory>
#include <string>

namespace troupe {

/// A model ready to be served: an engine that has not started yet, and the card that speaks for it.
struct loaded_model {
  std::shared_ptr<engine::engine_host> engine;
  std::shared_ptr<const model_card> card;
  std::unique_ptr<engine::packed_writing> writing; ///< Of a packed copy; null: none is written.
};

/// MODEL is a directory or a .gguf file (or a name under $TROUPE_MODELS), or sim:... for the
/// simulated engine with
/// the tokenizer of `config.tokenizer`.
/// Errors: those of the loaders (file and tensor or field named), not_found with the places tried.
/// `witness`, if any, is told what each step computes; `log` how the load goes.
[[nodiscard]] result<loaded_model> load_model(const std::string& model, const app_config& config,
                                              const std::map<std::string, std::string>& environment,
                                              std::shared_ptr<engine::step_witness> witness = {},
                                              const observe::logger& log = {});

/// --weights-f32 and --quantize. Errors: invalid_value where both are given.
[[nodiscard]] result<engine::weight_type> weight_type_of(const app_config& config);

/// The text files of a directory, or what a .gguf file says in their place, as a card without ids;
/// tokenizer and tokenizer_config are parsed
/// once to see that a gateway can. Errors: model_invalid with file and field.
[[nodiscard]] result<model_card> read_card(const std::string& directory);

} // namespace troupe
