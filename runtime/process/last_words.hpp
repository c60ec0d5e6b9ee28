// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/hash.hpp"
#include "runtime/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// What a process was doing when it died, in a file that outlives it: memory that it shares with
/// the file, so that neither a kill nor a fault loses a word. A parent prepares the file before it
/// starts the child, the child writes, the parent reads when the child has ended.
/// Checked: test/unit/process/last_words_test.cpp
namespace troupe::process {

struct last_mark {
  hash128 id;
  std::uint32_t index = 0;
};

struct last_words {
  static constexpr std::size_t marks_max = 256;

  std::uint64_t node = 0; ///< 0 both: it had not introduced itself.
  std::uint64_t life = 0;
  std::vector<last_mark> marks; ///< At most marks_max; more are not written.
};

/// An empty file, in place of whatever was there. Errors: io_failed, naming it.
[[nodiscard]] result<void> prepare_last_words(const std::string& path);

/// Believes nothing that cannot be. Errors: not_found, malformed, naming the file.
[[nodiscard]] result<last_words> read_last_words(const std::string& path);

/// The child's side. Thread: one at a time; writing allocates nothing and makes no system call.
class last_words_writer {
public:
  /// Errors: not_found (nobody prepared the file), malformed, io_failed.
  [[nodiscard]] static result<std::unique_ptr<last_words_writer>> open(const std::string& path);
  ~last_words_writer();
  last_words_writer(const last_words_writer&) = delete;
  last_words_writer& operator=(const last_words_writer&) = delete;

  void introduce(std::uint64_t node, std::uint64_t life);
  void begin(std::span<const last_mark> doing);
  void end();

private:
  struct page;

  explicit last_words_writer(page* at) : page_(at) {}

  page* page_;
};

} // namespace troupe::process
