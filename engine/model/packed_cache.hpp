// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/checkpoint.hpp"
#include "engine/model/content_memo.hpp"
#include "engine/model/load_progress.hpp"
#include "engine/model/packed_copy.hpp"
#include "engine/model/packed_writing.hpp"
#include "messages/vocab/ids.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::engine {

/// A directory for packed copies, and by what name it knows the model: two copies of one name are
/// kept (packed_copies_per_model_max).
struct packed_place {
  std::string directory;
  std::string model;
};

/// `setting` auto: beside the model's files in .troupe, else under `user_cache` (empty: nowhere
/// else); off: nowhere; or that directory. In a directory of many models a model is known by its
/// path, beside its files by its file's name, so that it may be moved.
/// Checked: test/unit/model/packed_cache_test.cpp
[[nodiscard]] std::vector<packed_place> packed_places(const std::string& model,
                                                      std::string_view setting,
                                                      const std::string& user_cache);

struct packed_cache_options {
  std::vector<packed_place> places; ///< None: nothing is looked for nor written.

  /// Models whose files are smaller are packed each time, which takes milliseconds.
  std::uint64_t model_bytes_min = 64U << 20U;

  /// How long a file must not have changed for its hash to be remembered (content_memo): more than
  /// the grain of file times, and than network file systems keep them.
  std::chrono::nanoseconds settled{std::chrono::seconds{2}};
};

/// The packed copies of one model, and the memo of what is in its files (`digests`), in the first
/// places that can be read, or written for what is new.
///
/// A copy has the right content by its key: hash of the model's digest (every byte of its files),
/// of how it is rounded, and of ops::packed_layout_version. Its file says the key and is held to
/// it; the digest is computed, or by the memo that of files that did not change since. Role: one
/// while a model is loaded. Thread: one at a time. Checked: test/unit/model/packed_cache_test.cpp,
/// packed_loading_test.cpp
class packed_cache {
public:
  packed_cache(const packed_cache_options& options, std::uint64_t model_bytes);

  [[nodiscard]] bool is_on() const { return !places_.empty(); }

  /// Hashes of the parts' bytes in their order; unknown ones are computed, several at once.
  [[nodiscard]] std::vector<hash128> hash_parts(const std::vector<checkpoint::part>& parts,
                                                cpu::parallel& workers,
                                                const progress_callback& on_progress);

  /// Why a copy that was there was not taken goes to `refusals`.
  [[nodiscard]] std::optional<packed_copy> find(hash128 key, cpu::parallel& workers,
                                                const progress_callback& on_progress);

  /// The copy that find() returned is not of this model after all.
  void refuse(const error& why);

  /// Where a new copy goes; nothing where no place can be written.
  [[nodiscard]] std::optional<packed_target> target(hash128 key) const;

  [[nodiscard]] const std::vector<std::string>& refusals() const { return refusals_; }

private:
  [[nodiscard]] const packed_place* writable() const;
  [[nodiscard]] static content_memo read_memo(const packed_place& place);

  std::vector<packed_place> places_;
  std::int64_t settled_ns_;
  std::vector<std::string> refusals_;
};

/// `rounding`: load_decoder's weight_type.
[[nodiscard]] hash128 packed_key(model_digest digest, std::uint64_t rounding);

} // namespace troupe::engine
