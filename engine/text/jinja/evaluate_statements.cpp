// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/evaluator.hpp"
#include "engine/text/jinja/operators.hpp"

namespace troupe::text::jinja {

void evaluator::append(std::string& out, const value& item) {
  append_text(run_, out, item);
  if (out.size() > run_.limits.output_bytes) {
    run_.fail("printed more than " + std::to_string(run_.limits.output_bytes)
              + " bytes; shorten the conversation");
  }
}

void evaluator::execute(const body& statements, std::string& out) {
  const nesting level(run_);
  for (const auto& one : statements) {
    if (!run_.ok() || flow_ != flow::normal) {
      return;
    }
    run_.line = one->line;
    if (run_.spend(1)) {
      execute(*one, out);
    }
  }
}

void evaluator::execute(const stmt& one, std::string& out) {
  switch (one.kind) {
    case stmt_kind::data:
      run_.spend(one.text.size() / 64);
      out += one.text;
      if (out.size() > run_.limits.output_bytes) {
        append(out, undefined{});
      }
      return;
    case stmt_kind::print:
      append(out, evaluate(*one.subject));
      return;
    case stmt_kind::branches:
      execute_branches(one, out);
      return;
    case stmt_kind::loop:
      execute_loop(one, out);
      return;
    case stmt_kind::set:
      assign(*one.target, evaluate(*one.subject));
      return;
    case stmt_kind::set_block:
      execute_set_block(one);
      return;
    case stmt_kind::filter_block:
      execute_filter_block(one, out);
      return;
    case stmt_kind::macro:
      names_.set(one.macro->name, run_.make_callable({.what = callable::kind::macro,
                                                      .name = one.macro->name,
                                                      .macro = one.macro.get()}));
      return;
    case stmt_kind::scope:
      execute_scope(one, out);
      return;
    case stmt_kind::break_loop:
      flow_ = flow::break_loop;
      return;
    case stmt_kind::continue_loop:
      flow_ = flow::continue_loop;
      return;
  }
}

void evaluator::execute_branches(const stmt& one, std::string& out) {
  for (const auto& branch : one.branches) {
    if (!branch.condition || truth_of(evaluate(*branch.condition))) {
      execute(branch.inside, out);
      return;
    }
    if (!run_.ok()) {
      return;
    }
  }
}

/// The items that pass the loop's own condition: `loop` counts only these.
std::vector<value> evaluator::loop_items(const stmt& one) {
  auto items = items_of(run_, evaluate(*one.subject));
  if (!one.filter) {
    return items;
  }
  std::vector<value> kept;
  names_.enter();
  for (auto& item : items) {
    assign(*one.target, item);
    if (run_.ok() && truth_of(evaluate(*one.filter))) {
      kept.push_back(std::move(item));
    }
  }
  names_.leave();
  return kept;
}

void evaluator::execute_loop(const stmt& one, std::string& out) {
  const auto items = run_.make_list(loop_items(one));
  const auto* all = list_of(items);
  if (all == nullptr || all->items.empty()) {
    execute(one.otherwise, out);
    return;
  }
  auto* state = run_.make_loop();
  state->items = all;
  names_.enter();
  for (std::size_t at = 0; at < all->items.size() && run_.spend(1); ++at) {
    names_.clear_innermost();
    state->index0 = at;
    names_.set("loop", state);
    assign(*one.target, all->items[at]);
    execute(one.inside, out);
    if (std::exchange(flow_, flow::normal) == flow::break_loop) {
      break;
    }
  }
  names_.leave();
}

void evaluator::execute_set_block(const stmt& one) {
  std::string text;
  names_.enter();
  execute(one.inside, text);
  names_.leave();
  auto made = run_.make_text(std::move(text));
  assign(*one.target, one.subject ? evaluate_filters(*one.subject, made) : made);
}

void evaluator::execute_filter_block(const stmt& one, std::string& out) {
  std::string text;
  names_.enter();
  execute(one.inside, text);
  names_.leave();
  append(out, evaluate_filters(*one.subject, run_.make_text(std::move(text))));
}

void evaluator::execute_scope(const stmt& one, std::string& out) {
  if (one.parameters.empty()) {
    execute(one.inside, out);
    return;
  }
  std::vector<value> items;
  for (const auto& parameter : one.parameters) {
    items.push_back(evaluate(*parameter.item));
  }
  names_.enter();
  for (std::size_t at = 0; at < items.size(); ++at) {
    names_.set(one.parameters[at].name, items[at]);
  }
  execute(one.inside, out);
  names_.leave();
}

void evaluator::assign(const expr& target, const value& item) {
  if (target.kind == expr_kind::name) {
    run_.spend(names_.look_up_steps());
    names_.set(target.text, item);
    return;
  }
  if (target.kind == expr_kind::attribute) {
    const auto object = evaluate(*target.kids[0]);
    const auto* members = std::get_if<dict*>(&object);
    if (members == nullptr || !(*members)->is_namespace) {
      run_.fail("sets an attribute of a " + std::string(type_name(object)) + "; use a namespace");
      return;
    }
    set_member(run_, **members, run_.make_text(target.text), item);
    return;
  }
  const auto items = items_of(run_, item);
  if (run_.ok() && items.size() != target.kids.size()) {
    run_.fail("unpacks " + std::to_string(items.size()) + " items into "
              + std::to_string(target.kids.size()) + " names; give as many");
  }
  for (std::size_t at = 0; at < target.kids.size() && run_.ok(); ++at) {
    assign(*target.kids[at], items[at]);
  }
}

} // namespace troupe::text::jinja
