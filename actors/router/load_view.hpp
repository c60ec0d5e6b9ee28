// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/worker.hpp"
#include "runtime/base/clock.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace troupe {

/// The load of one worker as a router believes it: its last report plus the router's own
/// placements that the report cannot know yet.
///
/// A placement counts until a report says it was seen, or for `unseen_max`, whichever is first.
/// Thread: inside the router. Checked: test/unit/router/load_view_test.cpp
class load_view {
public:
  static constexpr duration unseen_max = 1s;
  static constexpr std::size_t unseen_count_max = 4096;

  struct unseen {
    std::uint64_t no = 0;
    std::uint64_t prompt_tokens = 0; ///< To be computed there.
    bool decodes = false;            ///< A sequence will run there.
    time_point placed;
  };

  void report(const worker_report& what, const actor_ref& router);
  void placed(const unseen& what);
  void withdrawn(std::uint64_t no);
  void expire(time_point now);

  [[nodiscard]] const worker_report& last() const { return last_; }
  [[nodiscard]] bool reported() const { return reported_; }

  /// Prompt tokens waiting to be computed there.
  [[nodiscard]] std::uint64_t waiting_tokens() const;
  /// Sequences decoding there, or about to.
  [[nodiscard]] std::uint32_t decoding() const;
  [[nodiscard]] std::size_t unseen_count() const { return unseen_.size(); }
  [[nodiscard]] std::optional<time_point> next_expiry() const;

private:
  worker_report last_;
  bool reported_ = false;
  std::deque<unseen> unseen_;
};

} // namespace troupe
