// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/commands.hpp"
#include "runtime/process/descriptor.hpp"

#include <functional>
#include <string>
#include <vector>

namespace troupe {

/// What the agent of a run directory says of itself in `agent.pid` there.
struct agent_file {
  int pid = 0;
  unsigned admin_port = 0;
  std::string bus_endpoint;
  std::string name; ///< Empty: an agent of before this was said.
};

/// Held by an agent while it runs: a process id alone could be a stranger's by now.
/// Errors: io_failed.
[[nodiscard]] result<process::descriptor> hold_run_directory(const std::string& run_dir);

/// Errors: io_failed.
[[nodiscard]] result<void> write_agent_file(const std::string& run_dir, const agent_file& what);
void remove_agent_file(const std::string& run_dir);

/// The agent that runs. Errors: peer_gone if none does.
[[nodiscard]] result<agent_file> find_agent_in(const std::string& run_dir);

/// The agent of the cluster that runs on this host. Errors: peer_gone if none does.
[[nodiscard]] result<agent_file> find_agent(const command_context& cx);

struct started_agent {
  agent_file of;
  bool is_new = false;
};

/// Starts an agent that outlives this process, with its log in the run directory, unless one runs
/// there: then it is left as it is. Returns once it is on the bus. `prepare` comes before `argv` is
/// run. Errors: those of both; io_failed if it ended, with the last lines of its log; invalid_value
/// if the one that runs is not `name`; timeout.
[[nodiscard]] result<started_agent> start_agent(const command_context& cx,
                                                const std::string& run_dir, const std::string& name,
                                                const std::function<result<void>()>& prepare,
                                                std::vector<std::string> argv);

/// Ends it and its processes in good order. Errors: timeout, when it had to be killed.
[[nodiscard]] result<void> end_agent(const agent_file& which);

} // namespace troupe
