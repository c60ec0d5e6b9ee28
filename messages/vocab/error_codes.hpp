// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/error.hpp"

#include <span>
#include <string_view>

namespace troupe {

/// The domain's error codes; numbers are permanent. The generic ones below 100 are in
/// runtime/base/error.hpp.
namespace errors {
inline constexpr errc prompt_too_long{100};     ///< Prompt and max_tokens exceed the context.
inline constexpr errc model_not_found{101};     ///< No worker serves a model of this name.
inline constexpr errc no_capacity{102};         ///< The worker has no blocks for it now.
inline constexpr errc draining{103};            ///< The worker takes no new work.
inline constexpr errc wrong_model{104};         ///< The worker serves another model digest.
inline constexpr errc stream_broken{105};       ///< A gap in a stream's tokens.
inline constexpr errc no_worker{106};           ///< No worker has the needed role now.
inline constexpr errc request_quarantined{107}; ///< Two proven deaths named this request.
inline constexpr errc invalid_request{108};     ///< A field of a client's request is wrong.
inline constexpr errc model_invalid{109};       ///< A model directory that cannot be served.
inline constexpr errc template_failed{110};     ///< The chat template raised or ran over a limit.
inline constexpr errc stale_epoch{111};         ///< An order of a leader that leads no more.
inline constexpr errc transfer_failed{112};     ///< A movement of blocks stopped before its end.
inline constexpr errc body_too_large{113};      ///< An HTTP body over the limit.
inline constexpr errc method_not_allowed{114};
inline constexpr errc route_not_found{115};
inline constexpr errc budget_exhausted{116}; ///< Re-placed too often; the cause is in the text.
} // namespace errors

/// One row of the table from code to what the outside sees.
struct error_row {
  errc code;
  std::string_view name; ///< Stable, snake_case; OpenAI's `code` field.
  int http_status;
  std::string_view openai_type; ///< OpenAI's `type` field.
  int exit_code;                ///< Of a command: 1 failed, 2 usage, 3 unreachable, 4 not ready.
};

/// The row of `code`; unknown codes (of a newer peer) get the row of `internal`.
[[nodiscard]] const error_row& row_of(errc code);
[[nodiscard]] std::span<const error_row> error_table();

} // namespace troupe
