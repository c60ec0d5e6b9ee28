// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/plan.hpp"
#include "runtime/base/result.hpp"
#include "runtime/config/yaml.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

inline constexpr std::size_t cluster_hosts_max = 64;
inline constexpr std::size_t cluster_nodes_max = 256; ///< Of one host, as an agent has slots.

struct cluster_slot {
  std::string name;
  slot_config what;
};

/// Another host of a cluster, reached by ssh.
struct cluster_host {
  std::string name;
  std::string ssh;        ///< [USER@]HOST, as ssh takes it.
  std::uint16_t port = 0; ///< Of its sshd; 0: what ssh takes.
  std::string listen;     ///< HOST:PORT of its agent's bus.
  std::string troupe;     ///< Path of the program there; empty: the same as here.
  std::string directory;  ///< Its run directory; empty: what is usual there.
  std::vector<cluster_slot> slots;
};

/// Whether a text is up to 64 letters, digits, '-', '_' and '.', and begins with none of '-', '.':
/// it can be a file's name and a word of a command anywhere.
[[nodiscard]] bool is_plain_name(std::string_view text);
[[nodiscard]] std::string plain_name_words(); ///< The same for people.

/// "local-b-agent"; of this host, whose name is empty, "local-agent".
[[nodiscard]] std::string agent_name(const std::string& cluster, const std::string& host);

/// One item of the list `hosts`, without its nodes. Errors: unknown_option, invalid_value, each
/// with file and line. Checked: test/unit/app/cluster_hosts_test.cpp
[[nodiscard]] result<cluster_host> read_cluster_host(const config::yaml_node& node,
                                                     const std::string& path);

} // namespace troupe
