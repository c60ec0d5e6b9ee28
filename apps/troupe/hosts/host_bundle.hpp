// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// A file of a node's keys.
struct bundle_key {
  std::string node;
  std::string file; ///< As in the node's directory: "node.key".
  std::string text;
};

/// What a host gets over ssh's standard input, since others could read it on a command line: its
/// part of the cluster file, and the keys of its nodes where there are any.
struct host_bundle {
  std::string cluster_file;
  std::vector<bundle_key> keys;
};

inline constexpr std::size_t bundle_bytes_max = std::size_t{8} << 20U;

[[nodiscard]] std::string write_bundle(const host_bundle& what);

/// Errors: malformed, too_large, invalid_value (a name that is none of a node or of a file of
/// keys). Checked: test/unit/hosts/host_bundle_test.cpp
[[nodiscard]] result<host_bundle> read_bundle(std::string_view text);

/// Puts its files, each readable by this user only, into a run directory: cluster.yaml, and
/// keys/NODE/FILE. Errors: io_failed.
[[nodiscard]] result<void> unpack_bundle(const host_bundle& what, const std::string& run_dir);

/// The keys in `directory` (a cluster's nodes/NODE). Errors: those of loading them, with the
/// remedy.
[[nodiscard]] result<std::vector<bundle_key>> pack_keys(const std::string& directory,
                                                        const std::string& node);

} // namespace troupe
