// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/keys/trust.hpp"
#include "runtime/process/descriptor.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troupe::keys {

/// What the cluster key has signed, one line each in the file `issued`.
struct issued_row {
  std::uint64_t serial = 0;
  std::uint32_t roles = 0;
  unix_seconds not_after = 0;
  public_key link_key;
  std::string name;
};

/// The directory that holds a cluster's secret key: issues and revokes, and keeps in nodes/NAME
/// what each node needs, to be copied there.
///
/// Role: of the host that issues keys; nodes never need it. Thread: one; other processes wait for
/// the directory's lock. Checked: test/unit/keys/authority_test.cpp
class authority {
public:
  /// Makes the directory and the cluster's first key. Errors: invalid_value if there is one.
  static result<authority> create(const std::string& directory, const std::string& cluster);

  /// Errors: those of the files.
  static result<authority> open(const std::string& directory);

  struct request {
    std::string name;
    std::uint64_t node = 0;
    std::uint32_t roles = 0;
    unix_seconds now = 0;
    unix_seconds valid_for = 0;
  };
  /// A certificate in nodes/NAME, for the key that is there unless it is revoked or there is none.
  /// Errors: invalid_value (a name that is no name of a directory, no role), those of the files.
  result<certificate> issue(const request& what);

  /// Revokes every certificate of that name, or the one of that serial as hexadecimal number.
  /// Returns how many were not revoked before. Errors: not_found, too_large.
  result<std::size_t> revoke(const std::string& name_or_serial);

  /// A new cluster key signs from now on; the one before stays trusted, older ones do not.
  result<public_key> rotate();

  [[nodiscard]] const std::string& cluster() const { return list_.cluster; }
  [[nodiscard]] const std::vector<public_key>& trusted() const { return trusted_; }
  [[nodiscard]] const std::vector<issued_row>& issued() const { return issued_; }
  [[nodiscard]] const revocation_list& revocations() const { return list_; }
  [[nodiscard]] bool is_revoked(std::uint64_t serial) const;
  [[nodiscard]] std::string directory_of(const std::string& name) const;

private:
  authority() = default;
  [[nodiscard]] std::string at(const std::string& name) const { return directory_ + "/" + name; }
  result<void> lock();
  result<void> publish() const; ///< `trusted` and `revoked`, here and for every node.
  result<void> write_issued() const;

  std::string directory_;
  process::descriptor lock_;
  secret_key secret_;
  std::vector<public_key> trusted_; ///< The newest first.
  revocation_list list_;
  std::vector<issued_row> issued_;
};

[[nodiscard]] std::string serial_text(std::uint64_t serial); ///< 16 hexadecimal digits.

} // namespace troupe::keys
