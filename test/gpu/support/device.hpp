// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/memory.hpp"
#include "cuda/math/numbers.hpp"
#include "cuda/ops/element.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

/// Memory of the device, and tolerances, for tests that run on a device and on the emulated grid.
namespace troupe::test {

/// Says so, once for each case, where there is no device; with TROUPE_REQUIRE_GPU set that fails.
inline bool lacks_device() {
  const auto why = cuda::why_no_device();
  if (why.empty()) {
    return false;
  }
  std::printf("SKIP: %s\n", why.c_str());
  if (std::getenv("TROUPE_REQUIRE_GPU") != nullptr) {
    FAIL("TROUPE_REQUIRE_GPU is set");
  }
  return true;
}

template <class T>
class device_array {
public:
  explicit device_array(std::size_t count) : count_(count) {
    REQUIRE(cuda::allocate(&memory_, count * sizeof(T)) == cuda::success);
  }
  explicit device_array(const std::vector<T>& from) : device_array(from.size()) { write(from); }
  device_array(const device_array&) = delete;
  device_array& operator=(const device_array&) = delete;
  ~device_array() { cuda::release(memory_); }

  [[nodiscard]] T* data() const { return static_cast<T*>(memory_); }

  void write(const std::vector<T>& from) {
    REQUIRE(cuda::copy_in(memory_, from.data(), count_ * sizeof(T)) == cuda::success);
  }
  [[nodiscard]] std::vector<T> read() const {
    std::vector<T> all(count_);
    REQUIRE(cuda::synchronize() == cuda::success);
    REQUIRE(cuda::copy_out(all.data(), memory_, count_ * sizeof(T)) == cuda::success);
    return all;
  }

private:
  void* memory_ = nullptr;
  std::size_t count_ = 0;
};

inline std::vector<cuda::bf16> narrowed(const std::vector<float>& from) {
  std::vector<cuda::bf16> all;
  all.reserve(from.size());
  for (const float value : from) {
    all.push_back(cuda::to_bf16(value));
  }
  return all;
}

inline std::vector<float> widened(const std::vector<cuda::bf16>& from) {
  std::vector<float> all;
  all.reserve(from.size());
  for (const auto value : from) {
    all.push_back(cuda::widen(value));
  }
  return all;
}

/// Rows of either type on the device, from fp32 that bf16 holds exactly where that is the type.
class device_rows {
public:
  device_rows(const std::vector<float>& from, std::size_t stride, cuda::ops::element type)
      : stride_(stride),
        type_(type),
        wide_(type == cuda::ops::element::f32 ? from.size() : 0),
        short_(type == cuda::ops::element::f32 ? 0 : from.size()) {
    if (type == cuda::ops::element::f32) {
      wide_.write(from);
    } else {
      short_.write(narrowed(from));
    }
  }

  [[nodiscard]] cuda::ops::rows_in in() const { return {data(), stride_, type_}; }
  [[nodiscard]] cuda::ops::rows_out out() const { return {data(), stride_, type_}; }
  [[nodiscard]] std::vector<float> read() const {
    return type_ == cuda::ops::element::f32 ? wide_.read() : widened(short_.read());
  }

private:
  [[nodiscard]] void* data() const {
    return type_ == cuda::ops::element::f32 ? static_cast<void*>(wide_.data()) : short_.data();
  }

  std::size_t stride_;
  cuda::ops::element type_;
  device_array<float> wide_;
  device_array<cuda::bf16> short_;
};

inline constexpr cuda::ops::element both_types[] = {cuda::ops::element::f32,
                                                    cuda::ops::element::bf16};

/// The values of `from` as `type` holds them.
inline std::vector<float> as_held(const std::vector<float>& from, cuda::ops::element type) {
  return type == cuda::ops::element::f32 ? from : widened(narrowed(from));
}

inline double rounding_of(cuda::ops::element type) {
  return type == cuda::ops::element::f32 ? 0x1p-24 : 0x1p-8;
}

/// Whether all of `got` are within `relative` * |expected| + `absolute` of it; NaN where it is one.
inline bool near(const std::vector<float>& got, const std::vector<float>& expected, double relative,
                 double absolute = 0) {
  if (got.size() != expected.size()) {
    return false;
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double is = got[i];
    const double want = expected[i];
    const bool is_same = (std::isnan(is) && std::isnan(want)) || is == want;
    if (!is_same && !(std::abs(is - want) <= relative * std::abs(want) + absolute)) {
      MESSAGE("element " << i << " is " << is << ", expected " << want);
      return false;
    }
  }
  return true;
}

} // namespace troupe::test
