// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/options.hpp"
#include "engine/model/packed_cache.hpp"
#include "runtime/base/result.hpp"

#include <string>

namespace troupe::bench {

/// The file or directory of --shape, written if it is a shape that has none yet, or the model it
/// names.
/// Errors: invalid_value where it is neither, those of write_shape.
[[nodiscard]] result<std::string> find_model_file(const app_config& config);

/// --packed-cache where it names a directory; with auto or off none, so that nothing is measured
/// that was not asked for.
[[nodiscard]] engine::packed_cache_options named_packed_cache(const app_config& config,
                                                              const std::string& model);

} // namespace troupe::bench
