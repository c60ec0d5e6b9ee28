// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/paths.hpp"

#include <filesystem>

namespace troupe::shell {

namespace {

constexpr int entries_max = 4096;
constexpr std::string_view needs_quotes = " \t\n'\"\\|><#{}[]";

} // namespace

std::vector<std::string> paths_like(std::string_view begin) {
  namespace fs = std::filesystem;
  const auto slash = begin.rfind('/');
  const auto folder =
      slash == std::string_view::npos ? std::string_view{} : begin.substr(0, slash + 1);
  const auto name = begin.substr(folder.size());
  std::vector<std::string> out;
  std::error_code failed;
  fs::directory_iterator at(folder.empty() ? fs::path(".") : fs::path(folder), failed);
  for (int i = 0; !failed && at != fs::directory_iterator() && i < entries_max; ++i) {
    auto found = at->path().filename().string();
    const bool is_shown = found.starts_with(name) && (!name.empty() || !found.starts_with('.'))
                          && found.find_first_of(needs_quotes) == std::string::npos;
    if (is_shown) {
      std::error_code unknown;
      found += at->is_directory(unknown) ? "/" : "";
      out.push_back(std::string(folder) + found);
    }
    at.increment(failed);
  }
  return out;
}

result<void> check_regular(const std::string& path) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown)) {
    return error{
        .code = errc::not_found, .text = "the file " + path + " does not exist", .field = path};
  }
  if (!std::filesystem::is_regular_file(path, unknown)) {
    return error{.code = errc::invalid_value,
                 .text = "'" + path + "' is no file that can be read to its end",
                 .field = path};
  }
  return {};
}

} // namespace troupe::shell
