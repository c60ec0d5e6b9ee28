// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/agent_process.hpp"
#include "apps/troupe/commands.hpp"
#include "apps/troupe/node_process.hpp"
#include "apps/troupe/shell/completing.hpp"
#include "apps/troupe/shell/names.hpp"
#include "apps/troupe/shell/shell_runner.hpp"
#include "apps/troupe/version.hpp"
#include "runtime/process/files.hpp"
#include "runtime/terminal/line_editor.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <pwd.h>
#include <set>
#include <unistd.h>

namespace troupe {

namespace {

using shell::shell_runner;
using shell::shell_terminal;

constexpr duration link_time = 5s;
constexpr duration refresh_every = 2s;
constexpr const char* default_endpoint = "127.0.0.1:7700";

/// Who the operating system says we are; what USER says is not asked.
std::string operator_name() {
  std::string host(256, '\0');
  (void)::gethostname(host.data(), host.size() - 1);
  host.resize(host.find('\0'));
  const auto* entry = ::getpwuid(::getuid());
  return (entry == nullptr ? "uid-" + std::to_string(::getuid()) : entry->pw_name) + "@" + host;
}

/// The endpoint asked for, else that of the cluster that runs here, else the usual one.
std::string endpoint_of(const command_context& cx) {
  if (!cx.config.connect.empty()) {
    return cx.config.connect;
  }
  const auto agent = find_agent(cx);
  return agent && !agent->bus_endpoint.empty() ? agent->bus_endpoint : default_endpoint;
}

void greet(const command_context& cx, shell_terminal& over, const std::string& endpoint) {
  const auto view = over.view();
  std::size_t nodes = 0;
  std::size_t actors = 0;
  std::set<std::string> models;
  for (const auto& [ref, node] : view->nodes) {
    nodes += node.who.services.empty() ? 0 : 1;
    actors += node.who.services.size();
    for (const auto& one : node.who.services) {
      if (!one.model.empty()) {
        models.insert(one.model);
      }
    }
  }
  std::string names;
  for (const auto& one : models) {
    names += (names.empty() ? "" : ", ") + one;
  }
  std::fprintf(stderr, "connected to %s: cluster %s, %zu nodes, %zu services, model %s; %s\n",
               endpoint.c_str(), cx.config.cluster.c_str(), nodes, actors,
               names.empty() ? "none" : names.c_str(),
               cx.config.write ? "you may change it (--write)"
                               : "you are read-only (--write to change it)");
}

bool is_farewell(const std::string& line) {
  return line == "exit" || line == "quit";
}

/// Lines from a pipe: as typed, but nobody is asked. The code of the last that failed.
int run_script(shell_runner& runner, const shell_terminal& over) {
  int code = 0;
  std::string line;
  while (!over.is_ended() && std::getline(std::cin, line) && !is_farewell(line)) {
    if (const auto ended = runner.run(line); ended != 0) {
      code = ended;
    }
  }
  return code;
}

int run_lines(const command_context& cx, shell_runner& runner, shell_terminal& over) {
  const auto state = process::state_directory(cx.environment);
  const bool keeps = process::make_private_directory(state).has_value();
  auto editor = terminal::line_editor::open(
      {.program = "troupe",
       .history_file = keeps ? state + "/shell_history" : "",
       .complete = [&](std::string_view line) { return shell::complete(line, *over.view()); },
       .wake_fd = over.bell(),
       .notices = [&] { return over.take_notices(); },
       .signal_fd = over.signals(),
       .signalled =
           [&] {
             const bool any = over.take_signal();
             return over.is_ended() ? terminal::on_signal::end_of_input
                    : any           ? terminal::on_signal::discard_line
                                    : terminal::on_signal::nothing;
           }});
  if (!editor) {
    return report(editor.err());
  }
  const auto prompt = cx.config.cluster + (cx.config.write ? "# " : "> ");
  while (!over.is_ended()) {
    for (const auto& notice : over.take_notices()) {
      std::printf("%s\n", notice.c_str());
    }
    const auto line = (*editor)->read(prompt);
    if (!line || is_farewell(*line)) {
      break;
    }
    (void)runner.run(*line);
    if (over.interrupted()) {
      std::fputs("\n", stdout); // Behind the terminal's ^C.
    }
  }
  return 0;
}

} // namespace

int run_shell(command_context& cx) {
  const auto ends = process::signal_set::block({SIGINT, SIGTERM});
  if (!ends) {
    return report(ends.err());
  }
  const bool is_one = !cx.config.command.empty();
  const bool is_typed = !is_one && ::isatty(STDIN_FILENO) != 0;
  const auto endpoint = endpoint_of(cx);
  const auto who = operator_name();
  shell_terminal over(*ends);
  auto config = cx.config;
  config.join = {endpoint};
  const bool has_keys = !config.keys.empty();
  if (!has_keys || config.bus_listen == app_config{}.bus_listen) {
    config.bus_listen = "127.0.0.1:0";
  }
  if (config.name.empty() && !has_keys) {
    config.name = "shell-" + who.substr(0, who.find('@')) + "-" + std::to_string(::getpid());
  }
  const auto node = node_process::start(
      {.config = config,
       .roles = node_role::shell | (has_keys && config.write ? node_role::operate : 0),
       .environment = cx.environment,
       .log = {},
       .standalone = true,
       .terminal = &over,
       .console = {.refresh_every = is_one ? duration{0} : refresh_every}});
  if (!node) {
    return report(node.err());
  }
  over.connect(*(*node)->parts().console);
  if (!over.wait_until_linked(link_time)) {
    return report({.code = errc::peer_gone,
                   .text = "nobody answered at " + endpoint + " as cluster '" + cx.config.cluster
                           + "'; check --connect HOST:PORT and --cluster NAME"});
  }
  shell_runner runner(over, {.may_write = cx.config.write,
                             .may_harm = cx.config.write && cx.config.chaos,
                             .yes = cx.config.yes,
                             .json = cx.wants_json(),
                             .interactive = is_typed,
                             .who = who,
                             .cluster = cx.config.cluster,
                             .version = version_line()});
  if (is_one) {
    return runner.run(cx.config.command);
  }
  if (!is_typed) {
    return run_script(runner, over);
  }
  greet(cx, over, endpoint);
  return run_lines(cx, runner, over);
}

} // namespace troupe
