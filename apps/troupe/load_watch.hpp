// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/load_meter.hpp"
#include "engine/model/native_executor.hpp"
#include "runtime/observe/log.hpp"

#include <string>

namespace troupe {

/// Tells people how a model loads: on a terminal one line on stderr that is overwritten, else
/// `model_loading` when it begins; at the end `model_loaded`, `packed_copy_refused`, and later
/// `packed_copy_written` or `packed_copy_skipped`.
/// Role: one per load; where the log discards everything, nobody is told. Thread: one.
class load_watch {
public:
  load_watch(std::string model, observe::logger log);

  /// Refers to this.
  [[nodiscard]] engine::progress_callback progress();
  [[nodiscard]] std::function<void(const engine::packed_writing::outcome&)> written() const;

  void loaded(const engine::load_report& how);
  void failed(); ///< Whoever loads says why.

private:
  void show(const engine::load_progress& at);
  void clear();

  std::string model_;
  observe::logger log_;
  time_point began_;
  load_meter meter_;
  bool is_on_terminal_;
  bool has_line_ = false;
  bool has_begun_ = false;
};

} // namespace troupe
