// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/command_line.hpp"

#include "runtime/config/flag_parser.hpp"
#include "runtime/config/nearest.hpp"
#include "runtime/config/reference.hpp"

#include <algorithm>

namespace troupe::config {

namespace {

constexpr std::size_t arguments_max = 1000;
constexpr std::size_t arguments_bytes_max = std::size_t{64} * 1024;

std::vector<std::string> words_of(const std::string& path) {
  auto words = std::vector<std::string>{};
  std::size_t begin = 0;
  for (auto space = path.find(' '); space != std::string::npos; space = path.find(' ', begin)) {
    words.push_back(path.substr(begin, space - begin));
    begin = space + 1;
  }
  words.push_back(path.substr(begin));
  return words;
}

std::string plural(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " argument" : " arguments");
}

} // namespace

command_line::command_line(std::string program, std::string summary, const option_table& table)
    : program_(std::move(program)), summary_(std::move(summary)), table_(table) {
}

void command_line::add(command what) {
  TROUPE_CHECK(std::ranges::find(commands_, what.path, &command::path) == commands_.end());
  commands_.push_back(std::move(what));
}

const command* command_line::longest_match(std::span<const std::string> arguments) const {
  const command* best = nullptr;
  std::size_t best_words = 0;
  for (const auto& candidate : commands_) {
    const auto words = words_of(candidate.path);
    if (words.size() <= arguments.size() && words.size() > best_words
        && std::equal(words.begin(), words.end(), arguments.begin())) {
      best = &candidate;
      best_words = words.size();
    }
  }
  return best;
}

error command_line::unknown_command(std::span<const std::string> arguments) const {
  auto known = std::vector<std::string>{};
  auto below = std::string{};
  for (const auto& what : commands_) {
    known.push_back(what.path);
    if (words_of(what.path).front() == arguments[0]) {
      below += (below.empty() ? "" : ", ") + what.path.substr(arguments[0].size() + 1);
    }
  }
  if (!below.empty()) {
    return {errc::unknown_option, "'" + arguments[0] + "' takes one of: " + below, arguments[0]};
  }
  const auto shown = arguments[0].substr(0, 80);
  return {errc::unknown_option,
          "unknown command '" + shown + "'" + did_you_mean(shown, known) + " See '" + program_
              + " --help'.",
          shown};
}

result<invocation> command_line::parse(std::span<const std::string> arguments) const {
  std::size_t total = 0;
  for (const auto& argument : arguments) {
    total += argument.size();
  }
  if (arguments.size() > arguments_max || total > arguments_bytes_max) {
    return error{errc::too_large, "too many arguments", {}};
  }
  auto asked = invocation{};
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h"
      || arguments[0] == "help") {
    asked.help = true;
    asked.what = arguments.size() > 1 ? longest_match(arguments.subspan(1)) : nullptr;
    return asked;
  }
  if (arguments[0] == "--version") {
    asked.version = true;
    return asked;
  }
  asked.what = longest_match(arguments);
  if (asked.what == nullptr) {
    return unknown_command(arguments);
  }
  const auto rest = arguments.subspan(words_of(asked.what->path).size());
  if (auto done = parse_flags(table_, *asked.what, rest, asked); !done) {
    return std::move(done).err();
  }
  const auto count = asked.positionals.size();
  if (!asked.help && (count < asked.what->positionals_min || count > asked.what->positionals_max)) {
    return error{errc::invalid_value,
                 "'" + asked.what->path + "' was given " + plural(count) + "; usage: " + program_
                     + " " + asked.what->path + " [flags] " + asked.what->positionals,
                 {}};
  }
  return asked;
}

std::string command_line::help() const {
  std::size_t width = 0;
  for (const auto& what : commands_) {
    width = std::max(width, what.path.size() + what.positionals.size() + 1);
  }
  auto out = summary_ + "\n\nusage: " + program_ + " COMMAND [flags] [arguments]\n\n";
  for (const auto& what : commands_) {
    const auto left = what.path + (what.positionals.empty() ? "" : " " + what.positionals);
    out += "  " + left + std::string(width - left.size() + 2, ' ') + what.summary + "\n";
  }
  return out + "\n'" + program_ + " COMMAND --help' shows the flags of a command.\n";
}

std::string command_line::help(const command& what) const {
  return "usage: " + program_ + " " + what.path + " [flags]"
         + (what.positionals.empty() ? "" : " " + what.positionals) + "\n" + what.summary + "\n\n"
         + flags_help(table_, what.groups);
}

} // namespace troupe::config
