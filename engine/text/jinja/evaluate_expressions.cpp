// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/evaluator.hpp"
#include "engine/text/jinja/filters.hpp"
#include "engine/text/jinja/methods.hpp"
#include "engine/text/jinja/operators.hpp"

namespace troupe::text::jinja {

value evaluator::evaluate(const expr& from) {
  const nesting level(run_);
  if (!run_.spend(1)) {
    return undefined{};
  }
  run_.line = from.line;
  switch (from.kind) {
    case expr_kind::literal:
      return from.constant;
    case expr_kind::name:
      return evaluate_name(from);
    case expr_kind::list:
    case expr_kind::tuple:
    case expr_kind::dict:
      return evaluate_container(from);
    case expr_kind::attribute:
      return evaluate_attribute(from);
    case expr_kind::item: {
      const auto object = evaluate(*from.kids[0]);
      return item_of(run_, object, evaluate(*from.kids[1]));
    }
    case expr_kind::slice:
      return evaluate_slice(from);
    case expr_kind::call:
      return evaluate_call(from);
    case expr_kind::filter: {
      const auto in = evaluate(*from.kids[0]);
      return call_filter(run_, from.text, in, evaluate_arguments(from.args));
    }
    case expr_kind::test: {
      const auto in = evaluate(*from.kids[0]);
      return call_test(run_, from.text, in, evaluate_arguments(from.args));
    }
    case expr_kind::negation:
      return !truth_of(evaluate(*from.kids[0]));
    case expr_kind::sign:
      return signed_value(run_, from.text, evaluate(*from.kids[0]));
    case expr_kind::binary: {
      const auto left = evaluate(*from.kids[0]);
      const auto right = evaluate(*from.kids[1]);
      return run_.ok() ? binary(run_, from.text, left, right) : undefined{};
    }
    case expr_kind::comparison:
      return evaluate_comparison(from);
    case expr_kind::conjunction:
    case expr_kind::disjunction: {
      auto left = evaluate(*from.kids[0]);
      const bool decided = truth_of(left) == (from.kind == expr_kind::disjunction);
      return decided ? left : evaluate(*from.kids[1]);
    }
    case expr_kind::conditional:
      return evaluate_conditional(from);
  }
  return undefined{};
}

value evaluator::evaluate_name(const expr& from) {
  run_.spend(names_.look_up_steps());
  if (const auto* found = names_.find(from.text)) {
    return *found;
  }
  if (is_function(from.text)) {
    return run_.make_callable({.what = callable::kind::function, .name = from.text});
  }
  return undefined{from.text};
}

value evaluator::evaluate_container(const expr& from) {
  if (from.kind == expr_kind::dict) {
    auto* made = run_.make_dict();
    for (std::size_t at = 0; at + 1 < from.kids.size(); at += 2) {
      const auto name = evaluate(*from.kids[at]);
      set_member(run_, *made, name, evaluate(*from.kids[at + 1]));
    }
    return made;
  }
  std::vector<value> items;
  for (const auto& kid : from.kids) {
    items.push_back(evaluate(*kid));
  }
  return run_.make_list(std::move(items), from.kind == expr_kind::tuple);
}

value evaluator::evaluate_attribute(const expr& from) {
  const auto object = evaluate(*from.kids[0]);
  if (!run_.ok()) {
    return undefined{};
  }
  auto found = attribute_of(run_, object, from.text);
  return is<undefined>(found) ? value(undefined{from.text}) : found;
}

value evaluator::evaluate_comparison(const expr& from) {
  auto left = evaluate(*from.kids[0]);
  for (std::size_t at = 0; at < from.operators.size() && run_.ok(); ++at) {
    const auto& op = from.operators[at];
    auto right = evaluate(*from.kids[at + 1]);
    bool holds = false;
    if (!run_.ok()) {
      return undefined{};
    }
    if (op == "in" || op == "not in") {
      holds = contains(run_, right, left) == (op == "in");
    } else if (op == "==" || op == "!=") {
      holds = equal(run_, left, right) == (op == "==");
    } else {
      const auto order = compare(run_, left, right);
      holds = op == "<" ? order < 0 : op == "<=" ? order <= 0 : op == ">" ? order > 0 : order >= 0;
    }
    if (!holds) {
      return false;
    }
    left = std::move(right);
  }
  return true;
}

value evaluator::evaluate_slice(const expr& from) {
  const auto object = evaluate(*from.kids[0]);
  const auto part = [&](std::size_t at) {
    return from.kids[at] ? evaluate(*from.kids[at]) : value(none{});
  };
  const auto start = part(1);
  const auto stop = part(2);
  return slice_of(run_, object, start, stop, part(3));
}

value evaluator::evaluate_conditional(const expr& from) {
  if (truth_of(evaluate(*from.kids[0]))) {
    return evaluate(*from.kids[1]);
  }
  return from.kids[2] ? evaluate(*from.kids[2]) : undefined{"the missing else"};
}

value evaluator::evaluate_filters(const expr& chain, const value& subject) {
  if (chain.kind != expr_kind::filter) {
    return subject;
  }
  const auto in = evaluate_filters(*chain.kids[0], subject);
  return call_filter(run_, chain.text, in, evaluate_arguments(chain.args));
}

call_arguments evaluator::evaluate_arguments(const std::vector<argument>& args) {
  call_arguments out;
  for (const auto& one : args) {
    auto item = evaluate(*one.item);
    if (one.name.empty()) {
      out.positional.push_back(std::move(item));
    } else {
      out.named.emplace_back(one.name, std::move(item));
    }
  }
  return out;
}

value evaluator::evaluate_call(const expr& from) {
  const auto& what = *from.kids[0];
  if (what.kind == expr_kind::attribute) {
    const auto object = evaluate(*what.kids[0]);
    if (run_.ok() && has_method(object, what.text)) {
      const auto with = evaluate_arguments(from.args);
      return run_.ok() ? call_method(run_, object, what.text, with) : undefined{};
    }
    if (const auto* loop = std::get_if<loop_state*>(&object);
        loop != nullptr && (what.text == "cycle" || what.text == "changed")) {
      const auto with = evaluate_arguments(from.args);
      if (with.positional.empty()) {
        return run_.fail("calls loop." + what.text + " without arguments; give it some");
      }
      if (what.text == "cycle") {
        return with.positional[(*loop)->index0 % with.positional.size()];
      }
      const auto now = run_.make_list(with.positional);
      return !equal(run_, std::exchange((*loop)->changed_before, now), now);
    }
  }
  const auto called = evaluate(what);
  const auto* found = std::get_if<callable*>(&called);
  if (!run_.ok()) {
    return undefined{};
  }
  if (found == nullptr) {
    return run_.fail("calls '" + what.text + "', which is "
                     + (is<undefined>(called) ? "undefined" : "a " + std::string(type_name(called)))
                     + "; call a macro, a method or a function");
  }
  const auto with = evaluate_arguments(from.args);
  return run_.ok() ? call(**found, with) : undefined{};
}

value evaluator::call(const callable& what, const call_arguments& with) {
  switch (what.what) {
    case callable::kind::function:
      return call_function(run_, what.name, with);
    case callable::kind::method:
      return call_method(run_, what.self, what.name, with);
    case callable::kind::macro:
      break;
  }
  return call_macro(*what.macro, with);
}

value evaluator::call_macro(const macro_node& macro, const call_arguments& with) {
  if (with.positional.size() > macro.parameters.size()) {
    return run_.fail("gives the macro " + macro.name + " too many arguments; remove some");
  }
  for (const auto& [name, item] : with.named) {
    if (std::ranges::find(macro.parameters, name, &argument::name) == macro.parameters.end()) {
      return run_.fail("gives the macro " + macro.name + " the unknown argument "
                       + std::string(name) + "; remove it");
    }
  }
  const auto floor = names_.enter_macro();
  for (std::size_t at = 0; at < macro.parameters.size(); ++at) {
    const auto& parameter = macro.parameters[at];
    const auto* given = with.get(at, parameter.name);
    names_.set(parameter.name, given != nullptr ? *given
                               : parameter.item ? evaluate(*parameter.item)
                                                : value(undefined{parameter.name}));
  }
  std::string out;
  execute(macro.inside, out);
  names_.leave_macro(floor);
  return run_.make_text(std::move(out));
}

} // namespace troupe::text::jinja
