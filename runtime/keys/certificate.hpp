// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/keys/signed_document.hpp"

#include <cstdint>
#include <string>

namespace troupe::keys {

/// Seconds of the calendar since 1970 in UTC.
using unix_seconds = std::int64_t;

/// How far two nodes' calendars may differ.
inline constexpr unix_seconds clock_leeway = 300;

/// A cluster's word that who holds a key is a node of that name and may act in those roles.
struct certificate {
  std::uint64_t serial = 0; ///< Random; what is revoked.
  std::string cluster;
  std::string name;
  std::uint64_t node = 0;  ///< The node_id that goes with the name.
  std::uint32_t roles = 0; ///< Bits; their meaning is the domain's.
  bytes link_key;
  unix_seconds not_before = 0;
  unix_seconds not_after = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "serial", &certificate::serial),
                      field(2, "cluster", &certificate::cluster),
                      field(3, "name", &certificate::name),
                      field(4, "node", &certificate::node),
                      field(5, "roles", &certificate::roles),
                      field(6, "link_key", &certificate::link_key, key_bytes),
                      field(7, "not_before", &certificate::not_before),
                      field(8, "not_after", &certificate::not_after)};
  }
};

inline constexpr std::size_t certificate_bytes_max = 4096;

[[nodiscard]] bytes issue(const certificate& what, const secret_key& by);

/// A certificate whose signature was checked, and by whom it was signed.
struct verified_certificate {
  certificate of;
  public_key link_key;
  public_key signer;
};

/// Checks form and signature only; see `trust` for the rest. Errors: malformed, too_large,
/// forbidden.
[[nodiscard]] result<verified_certificate> open_certificate(bytes_view data,
                                                            std::span<const public_key> trusted);

} // namespace troupe::keys
