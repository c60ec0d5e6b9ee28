// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/membership.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

/// A member as a store keeps it: a version, a seal over the rest keyed by the cluster's secret, and
/// its `join`. The seal keeps out accidents and other clusters, not someone who knows the secret.
/// Checked: test/unit/directory/store_record_test.cpp
[[nodiscard]] bytes write_store_record(const join& what, std::uint64_t cluster_secret);

/// Takes nothing on trust: errors malformed (version, seal, message) and invalid_value (of another
/// name than `name`, without an incarnation, or with an epoch that leaves no higher ones).
[[nodiscard]] result<join> read_store_record(std::string_view name, bytes_view data,
                                             std::uint64_t cluster_secret);

/// The name of a node's record: 16 hexadecimal digits.
[[nodiscard]] std::string store_record_name(node_id node);

} // namespace troupe
