// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::process {

/// The whole of a file. Errors: not_found, too_large, io_failed, each naming the file.
[[nodiscard]] result<std::string> read_file(const std::string& path, std::size_t bytes_max);

/// The last lines of a file, without their ends: at most `lines_max` that begin within the last
/// `bytes_max`. Errors: not_found, io_failed.
[[nodiscard]] result<std::vector<std::string>> read_last_lines(const std::string& path,
                                                               std::size_t lines_max,
                                                               std::size_t bytes_max);

/// Replaces a file so that readers, and a machine that loses power, see the old text or the new one
/// but no mixture. Mode 0600 unless said otherwise. Errors: io_failed; the old file is intact.
[[nodiscard]] result<void> write_file_atomic(const std::string& path, std::string_view text,
                                             unsigned mode = 0600);

/// Creates the directory and its parents with mode 0700. Errors: io_failed, naming it; also when it
/// belongs to another user.
[[nodiscard]] result<void> make_private_directory(const std::string& path);

/// Where keys and identities live: TROUPE_STATE_DIR, systemd's STATE_DIRECTORY,
/// XDG_STATE_HOME/troupe, HOME/.local/state/troupe, or /var/lib/troupe.
[[nodiscard]] std::string state_directory(const std::map<std::string, std::string>& environment);

/// Where pids and sockets live: TROUPE_RUN_DIR, systemd's RUNTIME_DIRECTORY,
/// XDG_RUNTIME_DIR/troupe, or /tmp/troupe-<uid>.
[[nodiscard]] std::string run_directory(const std::map<std::string, std::string>& environment);

} // namespace troupe::process
