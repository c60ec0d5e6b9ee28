// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/context.hpp"

namespace troupe::text::jinja {

bool context::spend(std::uint64_t steps) {
  if (steps > steps_left_) {
    fail("took more than " + std::to_string(limits.steps)
         + " steps; end its loops or shorten the conversation");
    steps_left_ = 0;
    return false;
  }
  steps_left_ -= steps;
  return ok();
}

value context::fail(std::string what) {
  if (!failure_) {
    failure_ = std::move(what);
    failure_line_ = line;
  }
  return undefined{};
}

value context::make_text(std::string text) {
  if (text.size() > limits.output_bytes) {
    return fail("made a text of more than " + std::to_string(limits.output_bytes)
                + " bytes; shorten the conversation");
  }
  if (!spend(1 + text.size() / bytes_per_step)) {
    return undefined{};
  }
  return std::make_shared<const std::string>(std::move(text));
}

value context::make_list(std::vector<value> items, bool is_tuple) {
  if (!spend(1 + items.size())) {
    return undefined{};
  }
  return &lists_.emplace_back(list{std::move(items), is_tuple});
}

dict* context::make_dict(bool is_namespace) {
  spend(1);
  auto& made = dicts_.emplace_back();
  made.is_namespace = is_namespace;
  return &made;
}

value context::make_callable(callable what) {
  spend(1);
  return &callables_.emplace_back(std::move(what));
}

loop_state* context::make_loop() {
  spend(1);
  return &loops_.emplace_back();
}

value context::from_json(const json::value& from) {
  switch (from.type()) {
    case json::kind::null:
      return none{};
    case json::kind::boolean:
      return *from.as_bool();
    case json::kind::integer:
      return *from.as_integer();
    case json::kind::number:
      return *from.as_number();
    case json::kind::string:
      return make_text(*from.as_string());
    case json::kind::array: {
      std::vector<value> items;
      items.reserve(from.as_array()->size());
      for (const auto& item : *from.as_array()) {
        items.push_back(from_json(item));
      }
      return make_list(std::move(items));
    }
    case json::kind::object:
      break;
  }
  auto* members = make_dict();
  for (const auto& [name, item] : *from.as_object()) {
    members->items.emplace_back(make_text(name), from_json(item));
  }
  return members;
}

} // namespace troupe::text::jinja
