// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/node/supervisor.hpp"
#include "apps/troupe/cluster_host.hpp"
#include "runtime/base/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// A cluster of processes on this host and on those below `hosts`, as `troupe up` starts it:
///
///   name: local
///   model: models/tiny
///   nodes:
///     - {name: gateway-1, role: "gateway,router", http_port: 8000}
///     - {name: decode-1, role: decode, flags: ["--threads", "1"], group: pair}
///     - {name: decode-2, role: decode, group: pair}
///   groups:
///     - {name: pair, strategy: rest_for_one, intensity: 10, period_s: 60}
///   hosts:
///     - {name: b, ssh: "troupe@10.0.0.8", listen: "10.0.0.8:7700", nodes: [...]}
///
/// What each key means is in docs/supervision.md, docs/hosts.md and in conf/clusters.
struct cluster_file {
  std::string name = "troupe";
  std::string listen = "127.0.0.1:7700";
  std::uint16_t admin_port = 7780;
  std::vector<cluster_slot> slots; ///< Of this host.
  std::vector<cluster_host> hosts;
  std::map<std::string, supervision> groups; ///< By name.
};

/// Errors: not_found, malformed, unknown_option (a key nobody reads), invalid_value; each names
/// file and line.
[[nodiscard]] result<cluster_file> parse_cluster_file(std::string_view text,
                                                      const std::string& path);
[[nodiscard]] result<cluster_file> read_cluster_file(const std::string& path);

/// For hosts other than this: where a model is a directory here it is taken to be there, under the
/// same absolute path; other names are looked for there.
void make_models_absolute(cluster_file& file);

} // namespace troupe
