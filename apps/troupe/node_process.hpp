// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/assembly/node_parts.hpp"
#include "actors/gateway/http_api.hpp"
#include "apps/troupe/load_model.hpp"
#include "apps/troupe/options.hpp"
#include "apps/troupe/process_launcher.hpp"
#include "runtime/base/timer_thread.hpp"
#include "runtime/http/server.hpp"
#include "runtime/keys/node_keys.hpp"
#include "runtime/observe/log.hpp"
#include "runtime/observe/log_tail.hpp"
#include "runtime/process/last_words.hpp"

#include <map>
#include <memory>
#include <string>

namespace troupe {

/// Everything that lives in one real process of a cluster.
///
/// Role: made and ended by main's thread. Errors of `start`: those of the bus (port_in_use), the
/// model's loader and the HTTP servers; nothing is left running then.
class node_process {
public:
  struct options {
    app_config config;
    node_roles roles = 0;
    std::map<std::string, std::string> environment;
    observe::logger log;
    std::shared_ptr<observe::log_tail> log_tail; ///< Its newest lines, for operators.
    bool standalone = false;          ///< `serve`: nothing listens for other nodes but a free port.
    console_port* terminal = nullptr; ///< Of the shell, which has no admin port.
    console_config console;
  };

  [[nodiscard]] static result<std::unique_ptr<node_process>> start(options what);
  ~node_process(); ///< Ends in good order; the process is ended hard if that takes too long.
  node_process(const node_process&) = delete;
  node_process& operator=(const node_process&) = delete;

  [[nodiscard]] std::uint16_t http_port() const { return http_ ? http_->port() : 0; }
  [[nodiscard]] std::uint16_t admin_port() const { return admin_ ? admin_->port() : 0; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string bus_endpoint() const;
  [[nodiscard]] node_parts& parts() { return *parts_; }
  [[nodiscard]] const text_registry& texts() const { return texts_; }

private:
  struct system;

  node_process() = default;

  result<void> start_bus(const options& what);
  void watch_keys(std::shared_ptr<keys::live_keys> live, const observe::logger& log);
  result<void> start_http(const options& what);
  [[nodiscard]] std::shared_ptr<process::last_words_writer> open_last_words(
      const std::string& run_dir) const;

  std::string name_;
  std::string keys_trouble_; ///< Said once.
  text_registry texts_;
  duration turn_away_{0}; ///< What balancers get after /ready turned.
  std::unique_ptr<http_api> api_;
  actor_table actors_;
  std::unique_ptr<timer_thread> queue_;
  std::unique_ptr<timer_thread> key_timer_; ///< With keys; ends before what it looks at.
  std::unique_ptr<process_launcher> launcher_;
  std::unique_ptr<system> system_;
  std::unique_ptr<node_parts> parts_;
  std::unique_ptr<engine::packed_writing> writing_; ///< Of the model's packed copy.
  std::unique_ptr<http::server> http_;
  std::unique_ptr<http::server> admin_;
};

} // namespace troupe
