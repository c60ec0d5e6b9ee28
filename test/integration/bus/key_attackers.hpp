// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/keys/key.hpp"

#include <string>

/// Peers that speak CURVE and shall not be heard, each until its process is killed.
namespace troupe::test {

inline constexpr int handshakes_per_s = 100;
inline constexpr int forbidden_per_s = 1000;

/// A handshake in every hundredth of a second, each by a new key, and ten frames of 200 B of no
/// meaning behind it.
[[noreturn]] void attack_with_unknown_keys(const std::string& endpoint);

/// The same by this key, which the cluster has revoked.
[[noreturn]] void attack_with_revoked_key(const std::string& endpoint, const keys::secret_key& key);

/// A member of the cluster whose role may not ask, and which asks in every millisecond.
[[noreturn]] void attack_in_wrong_role(const std::string& endpoint,
                                       const keys::secret_key& cluster);

} // namespace troupe::test
