// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/keys/certificate.hpp"
#include "runtime/keys/revocations.hpp"

#include <set>
#include <string>
#include <vector>

namespace troupe::keys {

/// Whom a node believes: its cluster's keys (several while they rotate) less what was revoked.
/// Thread: immutable. Time is a parameter.
/// Checked: test/unit/keys/trust_test.cpp
class trust {
public:
  trust() = default; ///< Believes nobody.
  trust(std::string cluster, std::vector<public_key> signers, revocation_list revoked);

  /// Errors: malformed, too_large, forbidden (signer, cluster, dates, revoked); the text says
  /// which.
  [[nodiscard]] result<verified_certificate> verify(bytes_view data, unix_seconds now) const;

  /// Whether one that was verified before still is: dates, revocation, signer. Errors: forbidden.
  [[nodiscard]] result<void> recheck(const verified_certificate& what, unix_seconds now) const;

  [[nodiscard]] bool is_revoked(const public_key& link_key) const {
    return revoked_keys_.contains(link_key);
  }
  [[nodiscard]] const std::string& cluster() const { return cluster_; }
  [[nodiscard]] const std::vector<public_key>& signers() const { return signers_; }
  [[nodiscard]] const revocation_list& revocations() const { return list_; }

private:
  std::string cluster_;
  std::vector<public_key> signers_;
  revocation_list list_;
  std::set<std::uint64_t> revoked_serials_;
  std::set<public_key> revoked_keys_;
};

} // namespace troupe::keys
