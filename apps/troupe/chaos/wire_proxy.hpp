// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/chaos/fault_plan.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/host_port.hpp"
#include "runtime/base/result.hpp"
#include "runtime/process/signals.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace troupe::chaos {

struct proxy_route {
  host_port listen; ///< An IPv4 address.
  host_port to;
};

struct proxy_options {
  std::vector<proxy_route> routes;
  fault_ranges faults;
  std::uint64_t seed = 1;
  duration stormy{0}; ///< From the start on; afterwards no fault begins.
};

/// A fault that befell a connection. Connections are counted from 0 in the order they came.
struct proxy_act {
  std::uint64_t connection = 0;
  bool upward = false; ///< From who connected to who listens.
  planned_fault what;
  duration at{0}; ///< Since the start.
};

struct proxy_report {
  std::uint64_t connections = 0;
  std::uint64_t bytes = 0; ///< Taken, of both directions.
  std::vector<proxy_act> acts;
  std::uint64_t acts_untold = 0; ///< Beyond 100,000.
};

/// TCP connections passed on with what a plan does to them (fault_plan.hpp).
/// Thread: that of `run`.
class wire_proxy {
public:
  /// Listens. Errors: io_failed, naming the address.
  [[nodiscard]] static result<std::unique_ptr<wire_proxy>> open(proxy_options what);
  wire_proxy(const wire_proxy&) = delete;
  wire_proxy& operator=(const wire_proxy&) = delete;
  ~wire_proxy();

  /// Until one of these signals comes.
  [[nodiscard]] proxy_report run(const process::signal_set& ends);

private:
  struct state;
  explicit wire_proxy(std::unique_ptr<state> made);

  std::unique_ptr<state> state_;
};

} // namespace troupe::chaos
