// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/model_spec.hpp"
#include "runtime/json/fields.hpp"

#include <string_view>

/// The parts of config.json that have readers of their own; config.cpp puts them together.
/// Checked: test/unit/model/config_test.cpp
namespace troupe::engine {

inline constexpr std::string_view other_engine =
    "use an external engine for this model, or a model of a supported architecture";

inline constexpr json::integer_range context_range{1, 1 << 24};

/// The rope in the older (rope_theta, rope_scaling) or the newer dialect (rope_parameters).
/// longrope is decided by the longest context, not by each sequence, so that keys in the cache fit
/// each other. Uses the spec's context_tokens_max and rotary_dim.
[[nodiscard]] rope_spec read_rope(const json::object_reader& config, const model_spec& spec);

/// One rope where the config has several: as in the newer dialect, with a default for rope_theta.
[[nodiscard]] rope_spec read_rope_of(const json::object_reader& from, double theta,
                                     const model_spec& spec);

/// partial_rotary_factor of either dialect; 1 where it is absent.
[[nodiscard]] double rotary_share(const json::object_reader& config);

struct family;

/// The counts, in the words of most: sizes of heads, MLP and context, norms' epsilon, rotary_dim.
void read_sizes(const json::object_reader& config, const family& of, model_spec& spec);

/// A family of decoders and what its config says beyond the fields that all have.
struct family {
  std::string_view architecture; ///< As config.json names it.
  std::string_view model_type;
  void (*read)(const json::object_reader& config, model_spec& spec);
  activation act = activation::silu;
  bool is_wrapped = false;      ///< Its fields stand in text_config; only text is understood.
  bool may_turn_a_part = false; ///< Of each head, by partial_rotary_factor.
  bool may_have_biases = false; ///< It reads attention_bias itself.
  void (*sizes)(const json::object_reader& config, const family& of, model_spec& spec) = read_sizes;
};

/// Null where the architecture is not executed.
[[nodiscard]] const family* find_family(std::string_view architecture);
[[nodiscard]] const family* find_family_by_type(std::string_view model_type);

} // namespace troupe::engine
