// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace troupe::process {

/// What a process asks of its machine outside I/O. Only apps calls these; everybody else is given
/// the values. Checked: test/unit/process/system_test.cpp

/// All environment variables; call it before threads start.
[[nodiscard]] std::map<std::string, std::string> environment();

/// Bytes from the kernel's generator, fit for keys. Cannot fail once the machine has booted.
void random_bytes(std::span<std::byte> into);
[[nodiscard]] std::uint64_t random_u64();

/// Calendar time, for people's eyes (logs, dates) only.
[[nodiscard]] std::chrono::system_clock::time_point wall_now();

/// Memory of this process that is resident now; 0 where the system does not tell.
[[nodiscard]] std::uint64_t rss_bytes();

/// How often the kernel killed a process of this machine for memory; 0 where it does not tell.
[[nodiscard]] std::uint64_t out_of_memory_kills();

/// Path of the running executable; empty where the system does not tell.
[[nodiscard]] std::string executable_path();

/// Tells systemd "READY=1", "STOPPING=1", ... by a datagram to `socket` (the value of
/// NOTIFY_SOCKET; '@' first means abstract). An empty one does nothing. Errors: io_failed.
[[nodiscard]] result<void> notify_service_manager(const std::string& socket,
                                                  std::string_view state);

/// Lets this process open as many descriptors as its hard limit allows, and says how many. Errors:
/// io_failed.
result<std::uint64_t> raise_descriptor_limit();

/// Marks all descriptors from `first` on to be closed by exec, whoever opened them.
void close_on_exec_from(int first);

} // namespace troupe::process
