// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/completing.hpp"

#include "apps/troupe/shell/command.hpp"
#include "apps/troupe/shell/message_text.hpp"
#include "apps/troupe/shell/names.hpp"
#include "apps/troupe/shell/paths.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace troupe::shell {

namespace {

struct typed_words {
  std::vector<std::string> before; ///< Whole words left of the one at the cursor.
  std::string last;
  std::size_t begin = 0; ///< Of the last.
};

// Blanks inside braces do not end a word, as in parse_line.
typed_words words_of(std::string_view line) {
  typed_words out;
  int depth = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    if (c == ' ' && depth <= 0) {
      if (!out.last.empty()) {
        out.before.push_back(std::exchange(out.last, {}));
      }
      out.begin = i + 1;
      depth = 0;
    } else {
      out.last += c;
    }
  }
  return out;
}

class completer {
public:
  completer(typed_words typed, const console_view& view) : typed_(std::move(typed)), view_(view) {}

  terminal::completion found() {
    out_.begin = typed_.begin;
    if (typed_.last.find('{') != std::string::npos) {
      fields();
    } else {
      words();
    }
    terminal::completion out{.begin = out_.begin, .candidates = {}};
    out.candidates.assign(candidates_.begin(), candidates_.end());
    return out;
  }

private:
  void add(std::string word) {
    if (word.starts_with(typed_.last)) {
      candidates_.insert(std::move(word));
    }
  }

  void words() {
    std::span<const std::string> before(typed_.before);
    if (!before.empty() && (before.back() == ">" || before.back() == ">>")) {
      kind("file");
      return;
    }
    const auto* what = find_command(before);
    // The first words of commands, and the second of those that begin like this.
    for (const auto& one : all_commands()) {
      const auto parts = split(one.name, ' ');
      const bool fits =
          before.size() < parts.size() && std::equal(before.begin(), before.end(), parts.begin());
      if (fits) {
        add(std::string(parts[before.size()]));
      }
    }
    if (what == nullptr) {
      return;
    }
    before = before.subspan(words_in(what->name));
    if (!before.empty()) {
      const auto flag = std::ranges::find(what->flags, before.back(), &command_flag::name);
      if (flag != what->flags.end() && !flag->value.empty()) {
        flag_values(*flag);
        return;
      }
    }
    if (typed_.last.starts_with('-')) {
      for (const auto& flag : what->flags) {
        add(std::string(flag.name));
      }
      return;
    }
    operand(*what, before);
  }

  void flag_values(const command_flag& flag) {
    for (const auto one : split(flag.values, '|')) {
      add(std::string(one));
    }
    if (flag.value == "ROLE") {
      kind("role");
    } else if (flag.value == "MODEL") {
      kind("model");
    }
  }

  void operand(const shell_command& what, std::span<const std::string> before) {
    std::size_t index = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const auto flag = std::ranges::find(what.flags, before[i], &command_flag::name);
      if (flag == what.flags.end()) {
        ++index;
      } else if (!flag->value.empty()) {
        ++i;
      }
    }
    const auto kinds = split(what.operands, ' ');
    if (kinds.empty()) {
      return;
    }
    const auto last = kinds.back();
    if (index < kinds.size()) {
      kind(kinds[index]);
    } else if (last.ends_with('*')) {
      kind(last);
    }
  }

  void kind(std::string_view which) {
    if (which.ends_with('?') || which.ends_with('*')) {
      which.remove_suffix(1);
    }
    if (which.starts_with('=')) {
      add(std::string(which.substr(1)));
    } else if (which == "role") {
      for (const auto role : process_roles) {
        add(std::string(role));
      }
    } else if (which == "message") {
      for (const auto& one : message_forms()) {
        add(one.name + (one.fields.empty() ? "{}" : "{"));
        add(one.name);
      }
    } else if (which == "command") {
      for (const auto& one : all_commands()) {
        add(std::string(split(one.name, ' ').front()));
      }
    } else if (which == "file") {
      for (auto& one : paths_like(typed_.last)) {
        candidates_.insert(std::move(one));
      }
    } else if (which == "slot") {
      for (const auto& [agent, plan] : view_.plans) {
        for (const auto& one : plan.slots) {
          add(one.slot);
        }
      }
    } else {
      names(which);
    }
  }

  void names(std::string_view which) {
    if (which.starts_with("actor")) {
      for (const auto& one : actors_of(view_)) {
        add(one.name);
      }
    }
    for (const auto& [ref, node] : view_.nodes) {
      const auto& services = node.who.services;
      if (which == "node") {
        add(node.who.name);
      }
      for (const auto& one : services) {
        if (which == "agent" && one.role == service_role::node) {
          add(node.who.name);
        }
        if (which == "model" && !one.model.empty()) {
          add(one.model);
        }
      }
    }
  }

  void fields() {
    const auto brace = typed_.last.find('{');
    const auto* form = find_form(std::string_view(typed_.last).substr(0, brace));
    const auto from = typed_.last.find_last_of("{ ") + 1;
    const auto part = typed_.last.substr(from);
    // Only fields of the message itself: one brace open, no value begun.
    const bool is_field = form != nullptr && part.find('=') == std::string::npos
                          && typed_.last.find('{', brace + 1) == std::string::npos;
    if (!is_field) {
      return;
    }
    out_.begin = typed_.begin + from;
    for (const auto& field : form->fields) {
      if (field.name.starts_with(part)) {
        candidates_.insert(field.name + "=");
      }
    }
  }

  typed_words typed_;
  const console_view& view_;
  terminal::completion out_;
  std::set<std::string> candidates_;
};

} // namespace

terminal::completion complete(std::string_view line, const console_view& view) {
  auto typed = words_of(line);
  // The line behind `watch` and its flags is a line of its own.
  if (!typed.before.empty() && typed.before.front() == "watch") {
    const auto* watch = find_command(typed.before);
    std::size_t skip = 1;
    while (skip < typed.before.size() && typed.before[skip].starts_with('-')) {
      skip += 2;
    }
    if (skip <= typed.before.size() && !typed.last.starts_with('-') && watch != nullptr) {
      typed.before.erase(typed.before.begin(),
                         typed.before.begin() + static_cast<std::ptrdiff_t>(skip));
    }
  }
  return completer(std::move(typed), view).found();
}

} // namespace troupe::shell
