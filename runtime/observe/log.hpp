// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/observe/log_line.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::observe {

/// Where finished lines go. Thread: calls come one at a time.
class log_writer {
public:
  log_writer() = default;
  log_writer(const log_writer&) = delete;
  log_writer& operator=(const log_writer&) = delete;
  virtual ~log_writer() = default;

  virtual void write(level what, std::string_view line) = 0;
};

struct log_options {
  level least = level::info;
  std::uint32_t lines_per_event_s_max = 100; ///< Further lines of that event are only counted.
  std::function<std::chrono::system_clock::time_point()> wall_now; ///< Required.
};

/// Writes events as logfmt lines: `log.warn("request_refused", {{"request", id}})`.
/// Event names are few, stable and past tense. More lines per second of one event than allowed are
/// dropped; the next line written says how many (`suppressed=`).
/// Role: a small value that is handed down and copied; a default-made one discards everything.
/// Thread: any. Cost: a line below the least level is one load and one comparison.
/// Checked: test/unit/observe/log_test.cpp
class logger {
public:
  static constexpr std::size_t own_levels_max = 16;

  logger() = default;
  logger(std::shared_ptr<log_writer> writer, log_options options);

  /// The same log under the name of an actor: "router@n1".
  [[nodiscard]] logger of(std::string actor) const;

  /// May be true for a line that is not written, while another actor has a level of its own.
  [[nodiscard]] bool writes(level what) const {
    return core_ != nullptr && what >= least_->load(std::memory_order_relaxed);
  }

  /// From now on lines of that actor (of this log wherever it was handed, if the name is empty) are
  /// written from this level on; nullopt: as the options say. An actor's own level goes before the
  /// one for all. False: `own_levels_max` have one, or the log discards everything.
  [[nodiscard]] bool set_level(const std::string& actor, std::optional<level> least) const;

  void write(level what, std::string_view event, const facts& known) const {
    if (writes(what)) {
      submit(what, event, known);
    }
  }

  void trace(std::string_view event, facts known = {}) const { write(level::trace, event, known); }
  void debug(std::string_view event, facts known = {}) const { write(level::debug, event, known); }
  void info(std::string_view event, facts known = {}) const { write(level::info, event, known); }
  void warn(std::string_view event, facts known = {}) const { write(level::warn, event, known); }
  void error(std::string_view event, facts known = {}) const { write(level::error, event, known); }

private:
  class core;

  void submit(level what, std::string_view event, const facts& known) const;

  std::shared_ptr<core> core_;
  const std::atomic<level>* least_ = nullptr; ///< The core's: of any actor.
  std::string actor_;
};

} // namespace troupe::observe
