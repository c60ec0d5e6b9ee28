// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/shell/cluster_client.hpp"
#include "apps/troupe/shell/sheet.hpp"
#include "runtime/base/result.hpp"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::shell {

/// A flag of a command. `values`, if it is one of a few, are separated by |.
struct command_flag {
  std::string_view name;   ///< "-s"
  std::string_view value;  ///< "KEY" in the usage; empty: a switch.
  std::string_view values; ///< "mailbox|handled"
};

/// A command line taken apart.
struct arguments {
  std::vector<std::string> operands;
  std::map<std::string, std::string, std::less<>> flags; ///< A switch has the value "".

  [[nodiscard]] bool has(std::string_view flag) const { return flags.contains(flag); }
  [[nodiscard]] std::string at(std::size_t i) const {
    return i < operands.size() ? operands[i] : std::string{};
  }
};

/// What a running command may use.
struct command_call {
  const arguments& given;
  cluster_client& cluster;
  std::string who; ///< The operator, for the logs of nodes.
  bool may_write = false;
  std::string why_not;   ///< How to get a session that may.
  bool may_harm = false; ///< Besides: with --chaos.
  std::string cluster_name;
  std::string version;      ///< Of this program, as it prints it.
  bool at_terminal = false; ///< What is emitted goes to a person's terminal.

  /// Whether the operator agrees to this plan.
  std::function<bool(const std::string& plan)> agree;

  /// One event of a running command: for programs and for people.
  std::function<void(const json::value& object, const std::string& text)> emit;

  /// The command of another line, run as often as wanted (`watch`). Errors as of that line.
  std::function<result<void>(const std::string& line)> run;
};

/// Whether to do what `plan` says. Errors: unsupported in a read-only session, with the plan;
/// cancelled if the operator does not agree.
[[nodiscard]] result<void> allow(const command_call& call, const std::string& plan);

/// The same for what harms on purpose: the session must have been asked for that too.
[[nodiscard]] result<void> allow_harm(const command_call& call, const std::string& plan);

using command_handler = result<sheet> (*)(command_call& call);

/// One command. `operands` are kinds separated by blanks: actor, node, slot, role, model, message,
/// request, command, file, line (the rest as one), text, =word; ? behind: optional, * behind: any
/// number.
struct shell_command {
  std::string_view name; ///< One or two words.
  std::string_view usage;
  std::string_view summary;
  std::string_view operands;
  std::span<const command_flag> flags;
  command_handler run = nullptr;
  bool writes = false;
};

/// All commands, in the order of `help`.
[[nodiscard]] std::span<const shell_command> all_commands();

/// The command of a line, longest name first; null: none.
[[nodiscard]] const shell_command* find_command(std::span<const std::string> words);
[[nodiscard]] std::size_t words_in(std::string_view name);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char at);

/// Errors: unknown_option (with the nearest), invalid_value with the usage.
[[nodiscard]] result<arguments> parse_arguments(const shell_command& what,
                                                std::span<const std::string> words);

/// A number of a flag. Errors: invalid_value, naming it.
[[nodiscard]] result<double> number_of(const arguments& given, std::string_view flag,
                                       double fallback, double least, double most);

/// The same of a word. `name` is what errors call it.
[[nodiscard]] result<double> number_in(const std::string& word, std::string_view name, double least,
                                       double most);

} // namespace troupe::shell
