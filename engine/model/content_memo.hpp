// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/mapped_file.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/hash.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troupe::engine {

/// Hashes of files' contents by their identity, so that a file that did not change is not read to
/// know what is in it.
///
/// A hash is remembered only of a file whose last change was a while before it was hashed, and
/// whose identity was the same before and after: a write within the clock's grain, or during the
/// hashing, would otherwise go unseen. What remains unseen says file_identity.
/// Thread: one at a time. Checked: test/unit/model/content_memo_test.cpp
class content_memo {
public:
  static constexpr std::size_t entries_max = 4096;

  /// What write() returned. Bytes of any other content: empty.
  [[nodiscard]] static content_memo read(bytes_view file);
  [[nodiscard]] bytes write() const;

  [[nodiscard]] std::optional<hash128> find(const file_identity& of) const;

  /// `after`: the file's identity now that it has been hashed; `settled_ns`: since 1970, the latest
  /// change that counts as over. Forgets what was known of the same file before, and the oldest
  /// where there are too many.
  void remember(const file_identity& before, const std::optional<file_identity>& after,
                std::int64_t settled_ns, hash128 content);

  [[nodiscard]] bool has_changed() const { return has_changed_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
  struct entry {
    file_identity of;
    hash128 content;
  };

  std::vector<entry> entries_; ///< The oldest first.
  bool has_changed_ = false;
};

} // namespace troupe::engine
