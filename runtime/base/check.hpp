// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace troupe {

/// Reports a broken invariant on stderr and ends the process. Memory of a process whose invariants
/// do not hold cannot be trusted, so nothing is unwound.
[[noreturn]] void check_failed(const char* expression, const char* file, int line) noexcept;

} // namespace troupe

/// Checks what a programmer promised; on in every build. What the world or a peer may do wrong is
/// an `error`, never a check.
#define TROUPE_CHECK(...)                                                                          \
  (static_cast<bool>(__VA_ARGS__) ? void()                                                         \
                                  : ::troupe::check_failed(#__VA_ARGS__, __FILE__, __LINE__))

/// As TROUPE_CHECK, for loops over elements: gone where NDEBUG is defined.
#ifdef NDEBUG
#define TROUPE_DCHECK(...) void()
#else
#define TROUPE_DCHECK(...) TROUPE_CHECK(__VA_ARGS__)
#endif
