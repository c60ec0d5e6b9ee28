// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/command.hpp"

#include "runtime/config/nearest.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

namespace troupe::shell {

namespace {

error usage_error(const shell_command& what, const std::string& text) {
  return {.code = errc::invalid_value, .text = text + "; usage: " + std::string(what.usage)};
}

bool is_flag(const std::string& word) {
  return word.size() > 1 && word[0] == '-' && word.find('{') == std::string::npos
         && (std::isdigit(static_cast<unsigned char>(word[1])) == 0);
}

result<void> check_operands(const shell_command& what, const std::vector<std::string>& given) {
  std::size_t least = 0;
  std::size_t most = 0;
  for (const auto kind : split(what.operands, ' ')) {
    const bool any = kind.ends_with('*');
    if (most < given.size() && kind.starts_with('=') && given[most] != kind.substr(1)) {
      return usage_error(what, "'" + std::string(kind.substr(1)) + "' is missing");
    }
    least += any || kind.ends_with('?') ? 0 : 1;
    most = any ? given.size() : most + 1;
  }
  if (given.size() < least) {
    return usage_error(what, "too few words");
  }
  if (given.size() > most) {
    return usage_error(what, "too many words: '" + given[most] + "'");
  }
  return {};
}

} // namespace

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(at), text.size());
    if (end > 0) {
      parts.push_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::size_t words_in(std::string_view name) {
  return split(name, ' ').size();
}

const shell_command* find_command(std::span<const std::string> words) {
  const shell_command* best = nullptr;
  for (const auto& one : all_commands()) {
    const auto parts = split(one.name, ' ');
    const bool fits =
        parts.size() <= words.size() && std::equal(parts.begin(), parts.end(), words.begin());
    if (fits && (best == nullptr || words_in(best->name) < parts.size())) {
      best = &one;
    }
  }
  return best;
}

result<arguments> parse_arguments(const shell_command& what, std::span<const std::string> words) {
  arguments given;
  const bool takes_line = what.operands.find("line") != std::string_view::npos;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool in_line = takes_line && !given.operands.empty();
    if (in_line || !is_flag(words[i])) {
      given.operands.push_back(words[i]);
      continue;
    }
    const auto flag = std::ranges::find(what.flags, words[i], &command_flag::name);
    if (flag == what.flags.end()) {
      std::vector<std::string> known;
      for (const auto& one : what.flags) {
        known.emplace_back(one.name);
      }
      return error{.code = errc::unknown_option,
                   .text = "no flag '" + words[i].substr(0, 80) + "'"
                           + config::did_you_mean(words[i].substr(0, 80), known)
                           + " usage: " + std::string(what.usage)};
    }
    std::string value;
    if (!flag->value.empty()) {
      if (++i == words.size()) {
        return usage_error(what, std::string(flag->name) + " needs a value");
      }
      value = words[i];
    }
    const auto allowed = split(flag->values, '|');
    if (!allowed.empty() && std::ranges::find(allowed, value) == allowed.end()) {
      return usage_error(what, std::string(flag->name) + " is one of " + std::string(flag->values));
    }
    given.flags[std::string(flag->name)] = value;
  }
  if (auto fine = check_operands(what, given.operands); !fine) {
    return fine.err();
  }
  return given;
}

result<double> number_of(const arguments& given, std::string_view flag, double fallback,
                         double least, double most) {
  const auto found = given.flags.find(flag);
  if (found == given.flags.end()) {
    return fallback;
  }
  return number_in(found->second, flag, least, most);
}

result<double> number_in(const std::string& word, std::string_view name, double least,
                         double most) {
  auto text = word;
  double factor = 1;
  for (const auto& [unit, times] :
       {std::pair<std::string_view, double>{"ms", 0.001}, {"/s", 1}, {"s", 1}, {"m", 60}}) {
    if (text.ends_with(unit)) {
      text.resize(text.size() - unit.size());
      factor = times;
      break;
    }
  }
  double number = 0;
  const auto got = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = got.ec == std::errc{} && got.ptr == text.data() + text.size();
  if (!is_number || number * factor < least || number * factor > most) {
    return error{.code = errc::invalid_value,
                 .text = std::string(name) + " takes a number from " + cell_text(least) + " to "
                         + cell_text(most) + ", not '" + word.substr(0, 80) + "'",
                 .field = std::string(name)};
  }
  return number * factor;
}

result<void> allow(const command_call& call, const std::string& plan) {
  if (!call.may_write) {
    return error{.code = errc::unsupported,
                 .text = "refused: read-only session (" + call.why_not + "). Would: " + plan};
  }
  if (!call.agree(plan)) {
    return error{.code = errc::cancelled, .text = "not done"};
  }
  return {};
}

result<void> allow_harm(const command_call& call, const std::string& plan) {
  if (call.may_write && !call.may_harm) {
    return error{.code = errc::unsupported,
                 .text = "refused: this harms on purpose (connect again with --write --chaos). "
                         "Would: "
                         + plan};
  }
  return allow(call, plan);
}

} // namespace troupe::shell
