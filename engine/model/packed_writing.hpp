// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/packed_copy.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/result.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace troupe::engine {

/// Where a packed copy goes, and as what.
struct packed_target {
  std::string directory;
  hash128 key;
  std::uint64_t source = 0;
  bool replaces = false; ///< What is there under that key was found to be damaged.
};

/// The name of the copy with that key.
[[nodiscard]] std::string packed_path(const std::string& directory, hash128 key);

/// Writes a packed copy: under a name of its own that only one process has at a time, piece by
/// piece to the disk, then synchronized and renamed. Whatever ends this at whatever byte, there is
/// the whole file under its name or none; what a killed process left is taken over by the next that
/// writes to the same name, and removed by any that writes for the same directory. Then removes
/// what tidy_packed would. Returns the bytes written. Errors: io_failed (no room for it twice, the
/// system's reason, another process writes it or has written it), cancelled (`stop` became true),
/// those of lay_out. Cost: reads the weights once, copies them to the system's pages; 4 MiB of
/// memory and the table. Checked: test/unit/model/packed_writing_test.cpp
[[nodiscard]] result<std::uint64_t> write_packed(const packed_target& to, const packed_notes& what,
                                                 const std::atomic<bool>& stop);

/// Copies that are kept per model and per directory, the most recently used.
inline constexpr std::size_t packed_copies_per_model_max = 2;
inline constexpr std::size_t packed_copies_max = 16;

/// Removes older copies, those of other formats than ours, and what dead processes left. Who maps
/// one keeps it. Cost: reads a header per copy. Cannot fail.
void tidy_packed(const std::string& directory);

/// Writes in a thread of its own at a low priority, while the model serves.
/// Role: beside the executor whose weights it writes; keeps them by `owner`.
/// Thread: `done` is called once, in that thread, unless this was destroyed before.
class packed_writing {
public:
  using outcome = result<std::uint64_t>;

  packed_writing(packed_target to, std::shared_ptr<const packed_notes> what,
                 std::shared_ptr<const void> owner, std::function<void(const outcome&)> done);

  /// Stops between two pieces.
  ~packed_writing();
  packed_writing(const packed_writing&) = delete;
  packed_writing& operator=(const packed_writing&) = delete;

  /// Until it is written, or is known not to be.
  void wait();

private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

} // namespace troupe::engine
