// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/option_table.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>

namespace troupe::config {

namespace {

using index = std::map<std::string, std::size_t, std::less<>>;

const option* at(const std::vector<option>& options, const index& by, std::string_view key) {
  const auto found = by.find(key);
  return found == by.end() ? nullptr : &options[found->second];
}

std::vector<std::string> keys(const index& by) {
  auto out = std::vector<std::string>{};
  for (const auto& [key, position] : by) {
    out.push_back(key);
  }
  return out;
}

} // namespace

void option_table::add(option what) {
  const auto position = options_.size();
  TROUPE_CHECK(by_name_.emplace(what.name, position).second);
  if (!what.flag.empty()) {
    TROUPE_CHECK(what.flag.starts_with("--"));
    TROUPE_CHECK(by_flag_.emplace(what.flag, position).second);
  }
  if (!what.env.empty()) {
    TROUPE_CHECK(by_env_.emplace(what.env, position).second);
  }
  if (what.letter != 0) {
    TROUPE_CHECK(std::ranges::find(options_, what.letter, &option::letter) == options_.end());
  }
  options_.push_back(std::move(what));
}

const option* option_table::find(std::string_view name) const {
  return at(options_, by_name_, name);
}

const option* option_table::find_flag(std::string_view flag) const {
  return at(options_, by_flag_, flag);
}

const option* option_table::find_env(std::string_view variable) const {
  return at(options_, by_env_, variable);
}

bool option_table::is_section(std::string_view path) const {
  const auto prefix = std::string{path} + ".";
  const auto next = by_name_.lower_bound(prefix);
  return next != by_name_.end() && next->first.starts_with(prefix);
}

std::vector<std::string> option_table::names() const {
  auto out = std::vector<std::string>{};
  for (const auto& what : options_) {
    if (what.in_file) {
      out.push_back(what.name);
    }
  }
  return out;
}

std::vector<std::string> option_table::flags() const {
  return keys(by_flag_);
}

std::vector<std::string> option_table::variables() const {
  return keys(by_env_);
}

} // namespace troupe::config
