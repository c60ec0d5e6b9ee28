// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/chat_template.hpp"

#include "engine/text/jinja/evaluator.hpp"
#include "engine/text/jinja/lexer.hpp"
#include "engine/text/jinja/parser.hpp"

namespace troupe::text {

struct chat_template::parsed {
  jinja::body statements;
};

result<chat_template> chat_template::parse(std::string_view source) {
  auto statements = jinja::parse_template(source);
  if (!statements) {
    return std::move(statements).err();
  }
  return chat_template(std::make_shared<const parsed>(parsed{std::move(*statements)}));
}

result<std::string> chat_template::render(const json::value& variables,
                                          const render_limits& limits) const {
  jinja::context run(limits);
  jinja::evaluator walker(run);
  if (const auto* members = variables.as_object()) {
    for (const auto& one : *members) {
      run.spend(walker.names().look_up_steps());
      walker.names().set(one.name, run.from_json(one.item));
    }
  }
  std::string out;
  walker.execute(tree_->statements, out);
  if (run.failure()) {
    return jinja::template_error(run.failure_line(), *run.failure());
  }
  return out;
}

} // namespace troupe::text
