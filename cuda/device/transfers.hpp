// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/buffer.hpp"

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

namespace troupe::cuda {

/// Copies between host and device in the order of a stream, through pinned memory, so that the host
/// waits for none of them: those of one step, at whose end the stream is waited for.
///
/// Thread: one at a time.
/// Errors: CUDA's, as status; invalid_value where there is no room in what is written to.
/// Cost:   pinned memory for the largest step's copies, which is kept.
/// Checked: test/gpu/transfers_test.cpp
class transfers {
public:
  transfers() = default;
  transfers(const transfers&) = delete;
  transfers& operator=(const transfers&) = delete;
  ~transfers() { release_blocks(); }

  template <class T>
  [[nodiscard]] status write(const device_buffer<T>& to, std::span<const T> from, stream on) {
    if (from.size() > to.size()) {
      return invalid_value;
    }
    void* staged = nullptr;
    const auto why = from.empty() ? success : stage(from.size_bytes(), &staged);
    if (why != success || from.empty()) {
      return why;
    }
    std::memcpy(staged, from.data(), from.size_bytes());
    return copy_in_later(to.data(), staged, from.size_bytes(), on);
  }

  /// The first `count` of `from`, to be read once the stream was waited for, until reset.
  template <class T>
  [[nodiscard]] status read(const device_buffer<T>& from, std::size_t count, stream on,
                            std::span<const T>& to) {
    void* staged = nullptr;
    const auto why = count > from.size() ? invalid_value
                     : count == 0        ? success
                                         : stage(count * sizeof(T), &staged);
    to = {static_cast<const T*>(staged), why == success ? count : 0};
    return why != success || count == 0
               ? why
               : copy_out_later(staged, from.data(), count * sizeof(T), on);
  }

  /// The next step's begin. Requires: the streams of this one were waited for.
  void reset();

private:
  struct block {
    void* memory = nullptr;
    std::size_t bytes = 0;
  };

  [[nodiscard]] status stage(std::size_t bytes, void** at);
  [[nodiscard]] status add_block(std::size_t bytes);
  void release_blocks();

  std::vector<block> blocks_; ///< The last is the one in use.
  std::size_t used_bytes_ = 0;
};

} // namespace troupe::cuda
