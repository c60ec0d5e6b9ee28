// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <utility>

namespace troupe {

/// What an operator did to a node, for its log.
struct audit_entry {
  std::string who;
  std::string what;
  std::string outcome; ///< Empty: not known yet.
};

/// Writes it down. Non-blocking; may be empty (nobody keeps books).
using audit_sink = std::function<void(const audit_entry&)>;

inline void audit(const audit_sink& into, std::string who, std::string what, std::string outcome) {
  if (into) {
    into({std::move(who), std::move(what), std::move(outcome)});
  }
}

} // namespace troupe
