// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/keys/trust.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace troupe::keys {

/// All that a node needs to prove who it is and to judge others.
struct node_keys {
  verified_certificate me;
  bytes certificate; ///< `me` as it goes over the wire.
  secret_key link_secret;
  trust believes;
};

/// Reads a node's directory: node.key, node.cert, trusted, revoked (none where that file is
/// missing). Errors: those of the files; forbidden where the node's own certificate does not hold.
[[nodiscard]] result<node_keys> load_node_keys(const std::string& directory, unix_seconds now);

/// The keys in force, which a reload replaces while the process runs.
/// Thread: any. Checked: test/unit/keys/node_keys_test.cpp
class live_keys {
public:
  /// Without a directory, `refresh` changes nothing.
  explicit live_keys(node_keys first, std::string directory = {});

  [[nodiscard]] std::shared_ptr<const node_keys> current() const;

  /// Reads the directory again; true if something else is in force now. A new certificate for the
  /// same key, other trusted keys and a newer list are taken over; another key needs a restart.
  /// Errors: as load_node_keys, and invalid_value (another key, an older list); what was in force
  /// stays so.
  result<bool> refresh(unix_seconds now);

  void replace(node_keys by);

private:
  std::string directory_;
  mutable std::mutex mutex_;
  std::shared_ptr<const node_keys> current_;
};

} // namespace troupe::keys
