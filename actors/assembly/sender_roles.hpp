// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/assembly/node_roles.hpp"
#include "runtime/codec/fields.hpp"

#include <map>

namespace troupe {

/// Which roles may send which message to another process. What has no row nobody may send. A node
/// may send what any of its certificate's roles may.
/// Checked: test/unit/assembly/sender_roles_test.cpp holds it to the registry.
[[nodiscard]] const std::map<wire_type, node_roles>& sender_roles();

} // namespace troupe
