// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/cluster_host.hpp"
#include "runtime/base/result.hpp"
#include "runtime/process/run_program.hpp"

#include <string>
#include <vector>

namespace troupe {

/// One word as every POSIX shell reads it back: as it is, or in single quotes. Requires: no NUL.
[[nodiscard]] std::string quote_word(const std::string& word);

/// The words, quoted, with blanks between.
[[nodiscard]] std::string quote_words(const std::vector<std::string>& words);

/// What runs `words` on that host by `program`, an ssh: one command, quoted for the shell there.
[[nodiscard]] std::vector<std::string> ssh_command(const std::string& program,
                                                   const cluster_host& host,
                                                   const std::vector<std::string>& words);

/// What the command wrote if it did what it should. `program`: its path there. Errors: peer_gone
/// (the host could not be reached), timeout, not_found (no program there), io_failed or
/// invalid_value (what the program there says); each names the host and the end of ssh's stderr.
/// Checked: test/unit/hosts/ssh_command_test.cpp
[[nodiscard]] result<std::string> judge_ssh(const cluster_host& host, const std::string& program,
                                            const process::program_end& end);

/// Whether the program there, which wrote that about itself, can be a node of this one's cluster.
/// Errors: unsupported, with the remedy.
[[nodiscard]] result<void> judge_version(const cluster_host& host, const std::string& program,
                                         const std::string& printed);

} // namespace troupe
