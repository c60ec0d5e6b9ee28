// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/check.hpp"

#include <cstddef>
#include <sodium.h>

/// Between our bytes and libsodium's. Included by the sources of this folder only.
namespace troupe::keys {

/// Before any call of the library; cheap when done. Thread: any.
inline void use_sodium() {
  static const bool ready = sodium_init() >= 0;
  TROUPE_CHECK(ready);
}

inline const unsigned char* raw(const std::byte* from) {
  return reinterpret_cast<const unsigned char*>(from);
}
inline unsigned char* raw(std::byte* from) {
  return reinterpret_cast<unsigned char*>(from);
}

} // namespace troupe::keys
