// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <map>
#include <string>

namespace troupe {

/// A configuration file as it was found; both empty: there is none.
struct config_file {
  std::string path;
  std::string yaml;
};

/// The file named by --config (`named`) or TROUPE_CONFIG, else the first that exists of
/// ./troupe.yaml, $XDG_CONFIG_HOME/troupe/troupe.yaml (~/.config), /etc/troupe/troupe.yaml.
/// Errors: io_failed or too_large, naming the path; a named file must exist.
[[nodiscard]] result<config_file> find_config_file(
    const std::string& named, const std::map<std::string, std::string>& environment);

/// Errors: io_failed, too_large (over 1 MiB).
[[nodiscard]] result<config_file> read_config_file(const std::string& path);

} // namespace troupe
