// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/memory.hpp"

#include <cstddef>
#include <span>
#include <utility>

namespace troupe::cuda {

/// Memory of the device with an owner. Empty after an allocation that failed.
template <class T>
class device_buffer {
public:
  device_buffer() = default;
  device_buffer(device_buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  device_buffer& operator=(device_buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }
  ~device_buffer() { release(data_); }

  /// What it held before is gone. Errors: CUDA's.
  [[nodiscard]] status resize(std::size_t count) {
    release(std::exchange(data_, nullptr));
    count_ = 0;
    void* memory = nullptr;
    const auto why = count == 0 ? success : allocate(&memory, count * sizeof(T));
    if (why == success) {
      data_ = static_cast<T*>(memory);
      count_ = count;
    }
    return why;
  }
  /// Requires: room for all of `from`.
  [[nodiscard]] status write(std::span<const T> from) {
    return from.size() > count_ ? invalid_value
                                : copy_in(data_, from.data(), from.size() * sizeof(T));
  }

  [[nodiscard]] T* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return count_; }

private:
  T* data_ = nullptr;
  std::size_t count_ = 0;
};

} // namespace troupe::cuda
