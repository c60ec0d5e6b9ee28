// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/keys/signed_document.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troupe::keys {

inline constexpr std::size_t revocations_max = 8192;

/// One certificate that is valid no more, with its key: links know only keys.
struct revocation {
  std::uint64_t serial = 0;
  bytes link_key; ///< Empty: the key goes on under another certificate.

  static constexpr auto fields() {
    return std::tuple{field(1, "serial", &revocation::serial),
                      field(2, "link_key", &revocation::link_key, key_bytes)};
  }
};

/// All that a cluster has revoked. A higher version replaces a lower one, never the reverse.
struct revocation_list {
  std::string cluster;
  std::uint64_t version = 0;
  std::vector<revocation> revoked;

  static constexpr auto fields() {
    return std::tuple{field(1, "cluster", &revocation_list::cluster),
                      field(2, "version", &revocation_list::version),
                      field(3, "revoked", &revocation_list::revoked, revocations_max)};
  }
};

[[nodiscard]] bytes issue(const revocation_list& what, const secret_key& by);

/// Errors: malformed, too_large, forbidden.
[[nodiscard]] result<revocation_list> open_revocations(bytes_view data,
                                                       std::span<const public_key> trusted);

} // namespace troupe::keys
