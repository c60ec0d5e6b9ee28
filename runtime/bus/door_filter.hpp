// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/filter.h>
#include <string>
#include <vector>

namespace troupe::zmq_detail {

/// The system's filter of a listening TCP socket (classic BPF): drops the acknowledgement that ends
/// a handshake, so that the system goes on waiting until the first data acknowledges as well; and
/// of `barred` (of source_network(); at most 255 of them) also what would begin one.
/// Checked: test/integration/bus/door_filter_test.cpp
[[nodiscard]] std::vector<sock_filter> door_filter(const std::vector<std::string>& barred);

} // namespace troupe::zmq_detail
