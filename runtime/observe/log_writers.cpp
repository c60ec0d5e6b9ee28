// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/observe/log_writers.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace troupe::observe {

namespace {

class sink_writer final : public log_writer {
public:
  explicit sink_writer(spdlog::sink_ptr sink) : log_("troupe", std::move(sink)) {
    log_.set_pattern("%v");
    log_.set_level(spdlog::level::trace);
    log_.flush_on(spdlog::level::warn);
  }

  void write(level what, std::string_view line) override {
    const auto as = what >= level::warn ? spdlog::level::warn : spdlog::level::info;
    log_.log(as, spdlog::string_view_t{line.data(), line.size()});
  }

private:
  spdlog::logger log_;
};

} // namespace

std::shared_ptr<log_writer> stderr_writer() {
  return std::make_shared<sink_writer>(std::make_shared<spdlog::sinks::stderr_sink_st>());
}

result<std::shared_ptr<log_writer>> file_writer(const std::string& path, std::size_t bytes_max,
                                                std::size_t files_max) {
  try {
    return std::shared_ptr<log_writer>{std::make_shared<sink_writer>(
        std::make_shared<spdlog::sinks::rotating_file_sink_st>(path, bytes_max, files_max))};
  } catch (const spdlog::spdlog_ex& why) {
    return error{errc::io_failed,
                 "the log file " + path + " cannot be written (" + why.what()
                     + "); give a file in a directory that exists",
                 path};
  }
}

void memory_writer::write(level, std::string_view line) {
  if (lines_.size() == lines_max_) {
    lines_.erase(lines_.begin());
  }
  lines_.emplace_back(line);
}

} // namespace troupe::observe
