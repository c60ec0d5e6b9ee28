// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/observe/log.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <map>
#include <mutex>

namespace troupe::observe {

namespace {

constexpr std::size_t events_max = 512;

// How often one event was written in the present second.
struct event_rate {
  std::chrono::sys_seconds second;
  std::uint32_t written = 0;
  std::uint64_t suppressed = 0;
};

} // namespace

class logger::core {
public:
  core(std::shared_ptr<log_writer> writer, log_options options)
      : writer_(std::move(writer)), options_(std::move(options)) {
    TROUPE_CHECK(writer_ != nullptr);
    TROUPE_CHECK(options_.wall_now != nullptr);
    least_ = options_.least;
  }

  [[nodiscard]] const std::atomic<level>& least() const { return least_; }

  [[nodiscard]] bool set_level(const std::string& actor, std::optional<level> least) {
    const auto lock = std::lock_guard{mutex_};
    if (!least) {
      own_levels_.erase(actor);
    } else if (own_levels_.contains(actor) || own_levels_.size() < own_levels_max) {
      own_levels_[actor] = *least;
    } else {
      return false;
    }
    auto lowest = level_of({});
    for (const auto& [name, own] : own_levels_) {
      lowest = std::min(lowest, own);
    }
    least_ = lowest;
    return true;
  }

  void submit(level what, std::string_view actor, std::string_view event, const facts& known) {
    const auto now = options_.wall_now();
    const auto lock = std::lock_guard{mutex_};
    if (what < level_of(actor)) {
      return;
    }
    auto& rate = rate_of(event);
    if (const auto second = std::chrono::floor<std::chrono::seconds>(now); rate.second != second) {
      rate.second = second;
      rate.written = 0;
    }
    if (rate.written == options_.lines_per_event_s_max) {
      ++rate.suppressed;
      return;
    }
    ++rate.written;
    auto line = format_line(now, what, actor, event, known);
    if (rate.suppressed > 0) {
      line += " suppressed=" + std::to_string(rate.suppressed);
      rate.suppressed = 0;
    }
    writer_->write(what, line);
  }

private:
  [[nodiscard]] level level_of(std::string_view actor) const {
    auto found = own_levels_.find(actor);
    if (found == own_levels_.end() && !actor.empty()) {
      found = own_levels_.find(std::string_view{});
    }
    return found == own_levels_.end() ? options_.least : found->second;
  }

  event_rate& rate_of(std::string_view event) {
    if (const auto found = rates_.find(event); found != rates_.end()) {
      return found->second;
    }
    return rates_.size() < events_max ? rates_[std::string{event}] : rest_;
  }

  std::shared_ptr<log_writer> writer_;
  log_options options_;
  std::atomic<level> least_{level::off};
  std::mutex mutex_;
  std::map<std::string, level, std::less<>> own_levels_; ///< "": of all without one.
  std::map<std::string, event_rate, std::less<>> rates_;
  event_rate rest_;
};

logger::logger(std::shared_ptr<log_writer> writer, log_options options)
    : core_(std::make_shared<core>(std::move(writer), std::move(options))),
      least_(&core_->least()) {
}

bool logger::set_level(const std::string& actor, std::optional<level> least) const {
  return core_ != nullptr && core_->set_level(actor, least);
}

logger logger::of(std::string actor) const {
  auto named = *this;
  named.actor_ = std::move(actor);
  return named;
}

void logger::submit(level what, std::string_view event, const facts& known) const {
  core_->submit(what, actor_, event, known);
}

} // namespace troupe::observe
