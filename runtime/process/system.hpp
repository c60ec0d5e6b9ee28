// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

/// What only the process itself can tell: its environment, chance, memory, files and signals.
/// Everything else gets these values handed down.
namespace troupe {

/// From the kernel's generator.
[[nodiscard]] std::uint64_t random_u64();

/// Seconds since 1970.
[[nodiscard]] std::int64_t unix_seconds();

/// Resident memory of this process; 0 where /proc is missing.
[[nodiscard]] std::size_t rss_bytes();

[[nodiscard]] std::map<std::string, std::string> environment();

/// The path of the running program.
[[nodiscard]] std::string program_path();

/// The whole file. Errors: not_found, too_large (above `bytes_max`), io_failed.
[[nodiscard]] result<std::string> read_file(const std::string& path,
                                            std::size_t bytes_max = std::size_t{1} << 30U);

/// Replaces the file at once: readers see the old content or the new. Errors: io_failed.
[[nodiscard]] result<void> write_file(const std::string& path, const std::string& content);

/// Makes the directory and its parents. Errors: io_failed.
[[nodiscard]] result<void> make_directories(const std::string& path);

/// SIGINT and SIGTERM wait for `wait_for_end` from here on, in all threads made later; SIGPIPE is
/// ignored. Called first thing in main.
void hold_signals();

/// Returns when SIGINT or SIGTERM has come (true), or at the time-out (false).
[[nodiscard]] bool wait_for_end(std::optional<duration> timeout = std::nullopt);

} // namespace troupe
