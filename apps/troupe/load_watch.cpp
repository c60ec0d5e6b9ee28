// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/load_watch.hpp"

#include <cstdio>
#include <unistd.h>
#include <utility>

namespace troupe {

load_watch::load_watch(std::string model, observe::logger log)
    : model_(std::move(model)),
      log_(std::move(log)),
      began_(machine_clock().now()),
      meter_(model_, began_),
      is_on_terminal_(log_.writes(observe::level::error) && ::isatty(STDERR_FILENO) != 0) {
}

engine::progress_callback load_watch::progress() {
  return [this](const engine::load_progress& at) {
    show(at);
  };
}

std::function<void(const engine::packed_writing::outcome&)> load_watch::written() const {
  return [log = log_, model = model_](const engine::packed_writing::outcome& outcome) {
    if (outcome) {
      log.info("packed_copy_written", {{"model", model}, {"bytes", *outcome}});
    } else {
      log.warn("packed_copy_skipped", {{"model", model}, {"why", outcome.err().text}});
    }
  };
}

void load_watch::show(const engine::load_progress& at) {
  const auto line = meter_.line(at, machine_clock().now());
  if (!is_on_terminal_) {
    if (!std::exchange(has_begun_, true)) {
      log_.info("model_loading", {{"model", model_}, {"bytes", at.total_bytes}});
    }
  } else if (line) {
    std::fprintf(stderr, "\r\x1b[K%s", line->c_str());
    std::fflush(stderr);
    has_line_ = true;
  }
}

void load_watch::loaded(const engine::load_report& how) {
  clear();
  for (const auto& why : how.refused_copies) {
    log_.warn("packed_copy_refused", {{"model", model_}, {"why", why}});
  }
  const auto took = machine_clock().now() - began_;
  log_.info("model_loaded", {{"model", model_},
                             {"bytes", how.model_bytes},
                             {"seconds", to_seconds(took)},
                             {"gigabytes_per_s", gigabytes_per_second(how.model_bytes, took)},
                             {"from", how.packed_copy.empty() ? "packed" : how.packed_copy}});
}

void load_watch::failed() {
  clear();
}

void load_watch::clear() {
  if (std::exchange(has_line_, false)) {
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
  }
}

} // namespace troupe
