// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe::process {

/// The addresses of a host, IPv4 and IPv6, as the system finds them; blocks for as long as that
/// takes. Errors: not_found, timeout (the name servers did not answer), io_failed.
[[nodiscard]] result<std::vector<std::string>> look_up(const std::string& host);

/// Looks up the names of hosts on a thread of its own: the system may take many seconds.
///
/// Its end does not wait for a lookup under way; that thread then ends by itself.
/// Thread: any. Checked: test/unit/process/name_resolver_test.cpp
class name_resolver {
public:
  using addresses = result<std::vector<std::string>>;
  using lookup = std::function<addresses(const std::string& host)>;
  /// On the resolver's thread; must not block. Never called after the resolver's end.
  using sink = std::function<void(const std::string& host, const addresses& found)>;

  static constexpr std::size_t names_max = 64; ///< Waiting; more are refused.

  explicit name_resolver(lookup how = look_up);
  ~name_resolver();
  name_resolver(const name_resolver&) = delete;
  name_resolver& operator=(const name_resolver&) = delete;

  /// Called once, before the first `ask`.
  void listen(sink to);

  /// Answered once through the sink. Of a name that waits already nothing more is asked. False: too
  /// many wait.
  bool ask(const std::string& host);

private:
  struct state;
  std::shared_ptr<state> state_;
};

} // namespace troupe::process
