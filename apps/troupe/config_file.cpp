// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/config_file.hpp"

#include "runtime/process/files.hpp"

#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe {

namespace {

constexpr std::size_t config_bytes_max = std::size_t{1} << 20U;

std::string value_of(const std::map<std::string, std::string>& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string{} : found->second;
}

} // namespace

result<config_file> read_config_file(const std::string& path) {
  auto text = process::read_file(path, config_bytes_max);
  if (!text) {
    return text.err();
  }
  return config_file{path, *std::move(text)};
}

result<config_file> find_config_file(const std::string& named,
                                     const std::map<std::string, std::string>& environment) {
  const auto wanted = named.empty() ? value_of(environment, "TROUPE_CONFIG") : named;
  if (!wanted.empty()) {
    return read_config_file(wanted);
  }
  const auto home = value_of(environment, "HOME");
  auto user = value_of(environment, "XDG_CONFIG_HOME");
  if (user.empty() && !home.empty()) {
    user = home + "/.config";
  }
  std::vector<std::string> places{"troupe.yaml"};
  if (!user.empty()) {
    places.push_back(user + "/troupe/troupe.yaml");
  }
  places.emplace_back("/etc/troupe/troupe.yaml");
  for (const auto& path : places) {
    std::error_code unreadable;
    if (std::filesystem::exists(path, unreadable)) {
      return read_config_file(path);
    }
  }
  return config_file{};
}

} // namespace troupe
