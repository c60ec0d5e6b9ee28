// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/jinja/limits.hpp"
#include "runtime/base/result.hpp"
#include "runtime/json/value.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace troupe::text {

/// A model's chat template: a Jinja template of the subset that chat templates use, rendered as
/// the model's authors render it (trim_blocks, lstrip_blocks, tojson without ASCII escapes).
/// Statements: if, for (with unpacking, condition, else, break, continue), set, set block,
/// namespace, macro, filter, with, raw, generation (as if it were not there).
/// Functions: range, namespace, dict, raise_exception, strftime_now (from the limits' time).
/// Role: parsed once per model, shared. Thread: any, at once.
/// Checked: test/unit/text/template_golden_test.cpp (against Jinja2), chat_template_test.cpp
class chat_template {
public:
  /// Errors: template_failed, naming the line of the template.
  [[nodiscard]] static result<chat_template> parse(std::string_view source);

  /// `variables`: an object such as {"messages": [...], "tools": [...],
  /// "add_generation_prompt": true, "bos_token": "..."}; its texts must be valid UTF-8, which
  /// json::parse ensures.
  /// Errors: template_failed, also where a limit is reached; nothing outlives the call.
  /// Cost: about 100 ns per step.
  [[nodiscard]] result<std::string> render(const json::value& variables,
                                           const render_limits& limits = {}) const;

private:
  struct parsed;
  explicit chat_template(std::shared_ptr<const parsed> tree) : tree_(std::move(tree)) {}

  std::shared_ptr<const parsed> tree_;
};

} // namespace troupe::text
