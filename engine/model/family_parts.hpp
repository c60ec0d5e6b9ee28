// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/config_parts.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

/// What readers of several families share, and the readers that stand in files of their own.
/// Checked: test/unit/model/config_test.cpp, experts_config_test.cpp
namespace troupe::engine {

/// 0 where there is none: absent, null or 0.
[[nodiscard]] std::int32_t window_of(const json::object_reader& config);

/// layer_types names the layers that have a window; without it `has_window` says.
void read_windows(const json::object_reader& config, model_spec& spec,
                  const std::function<bool(std::size_t)>& has_window);

/// How many experts there are, by the field `count`, and how many a row visits.
void read_expert_counts(const json::object_reader& config, std::string_view count,
                        model_spec& spec);

void read_qwen2(const json::object_reader& config, model_spec& spec);

void read_mixtral(const json::object_reader& config, model_spec& spec);
void read_qwen2_moe(const json::object_reader& config, model_spec& spec);
void read_qwen3_moe(const json::object_reader& config, model_spec& spec);
void read_gpt_oss(const json::object_reader& config, model_spec& spec);

void read_falcon_sizes(const json::object_reader& config, const family& of, model_spec& spec);
void read_deepseek_sizes(const json::object_reader& config, const family& of, model_spec& spec);
void read_deepseek_v3(const json::object_reader& config, model_spec& spec);

void read_llama4(const json::object_reader& config, model_spec& spec);

void read_falcon(const json::object_reader& config, model_spec& spec);

} // namespace troupe::engine
