// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

struct sockaddr;

namespace troupe {

/// Who comes from where, as far as it can be held to account: an IPv4 address (4 bytes), or the /64
/// network of an IPv6 address (8 bytes), whose other half its owner may choose at will. Compared by
/// bytes, in network order; another text stands for itself.
/// Checked: test/unit/bus/newcomers_test.cpp
[[nodiscard]] std::string source_network(std::string_view address);

/// Empty: of another family.
[[nodiscard]] std::string source_network(const sockaddr& address);

} // namespace troupe
