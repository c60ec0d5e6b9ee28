// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/flag_parser.hpp"

#include "runtime/config/nearest.hpp"

#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/value_semantic.hpp>

#include <algorithm>

namespace troupe::config {

namespace {

namespace po = boost::program_options;

// No guessing: a flag abbreviated today would mean something else after the next release.
constexpr int style =
    po::command_line_style::allow_long | po::command_line_style::long_allow_next
    | po::command_line_style::long_allow_adjacent | po::command_line_style::allow_short
    | po::command_line_style::short_allow_next | po::command_line_style::short_allow_adjacent
    | po::command_line_style::allow_dash_for_short;

bool takes(const command& what, const option& flag) {
  return std::ranges::find(what.groups, flag.group) != what.groups.end();
}

po::options_description describe(const option_table& table, const command& what) {
  auto flags = po::options_description{};
  flags.add_options()("help,h", po::value<std::string>());
  for (const auto& flag : table.options()) {
    if (flag.flag.empty() || !takes(what, flag)) {
      continue;
    }
    const auto names =
        flag.flag.substr(2) + (flag.letter != 0 ? std::string{',', flag.letter} : std::string{});
    flags.add_options()(names.c_str(), po::value<std::string>());
  }
  return flags;
}

// The library lets a switch swallow the argument after it; with a value of its own it cannot.
std::vector<std::string> with_switches_spelt_out(const option_table& table, const command& what,
                                                 std::span<const std::string> arguments) {
  auto out = std::vector<std::string>{};
  bool flags_over = false;
  for (const auto& argument : arguments) {
    flags_over = flags_over || argument == "--";
    const auto* flag = flags_over ? nullptr : table.find_flag(argument);
    if (!flags_over && (argument == "--help" || argument == "-h")) {
      out.emplace_back("--help=true");
    } else if (flag != nullptr && flag->type == kind::boolean && takes(what, *flag)) {
      out.push_back(argument + "=true");
    } else {
      out.push_back(argument);
    }
  }
  return out;
}

std::vector<std::string> flags_of(const option_table& table, const command& what) {
  auto out = std::vector<std::string>{"--help"};
  for (const auto& flag : table.options()) {
    if (!flag.flag.empty() && takes(what, flag)) {
      out.push_back(flag.flag);
    }
  }
  return out;
}

result<void> take_unregistered(const option_table& table, const command& what,
                               const std::string& token, invocation& into) {
  const auto name = token.substr(0, token.find('='));
  if (name.starts_with("--no-") && name == token) {
    const auto* negated = table.find_flag("--" + name.substr(5));
    if (negated != nullptr && negated->type == kind::boolean && takes(what, *negated)) {
      into.flags.emplace_back(negated->flag, "false");
      return {};
    }
  }
  if (table.find_flag(name) != nullptr) {
    return error{errc::unknown_option,
                 "flag '" + name + "' does not apply to '" + what.path + "'; see --help", name};
  }
  return error{errc::unknown_option,
               "unknown flag '" + name.substr(0, 80) + "'"
                   + did_you_mean(name, flags_of(table, what)),
               name.substr(0, 80)};
}

} // namespace

result<void> parse_flags(const option_table& table, const command& what,
                         std::span<const std::string> arguments, invocation& into) {
  try {
    const auto flags = describe(table, what);
    const auto list = with_switches_spelt_out(table, what, arguments);
    const auto parsed =
        po::command_line_parser(list).options(flags).style(style).allow_unregistered().run();
    for (const auto& part : parsed.options) {
      if (part.unregistered) {
        if (auto done = take_unregistered(table, what, part.original_tokens.front(), into); !done) {
          return done;
        }
      } else if (part.position_key >= 0 || part.string_key.empty()) {
        into.positionals.insert(into.positionals.end(), part.value.begin(), part.value.end());
      } else if (part.string_key == "help") {
        into.help = true;
      } else {
        into.flags.emplace_back("--" + part.string_key,
                                part.value.empty() ? std::string{} : part.value.front());
      }
    }
  } catch (const po::error& why) {
    return error{
        errc::invalid_value, std::string{why.what()} + "; see '" + what.path + " --help'", {}};
  }
  return {};
}

} // namespace troupe::config
