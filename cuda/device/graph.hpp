// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/stream.hpp"

#include <functional>

namespace troupe::cuda {

/// A stream with an owner.
class owned_stream {
public:
  owned_stream() = default;
  owned_stream(const owned_stream&) = delete;
  owned_stream& operator=(const owned_stream&) = delete;
  ~owned_stream();

  [[nodiscard]] status make();
  [[nodiscard]] stream get() const { return stream_; }
  [[nodiscard]] status wait() const;

private:
  stream stream_ = nullptr;
};

/// Launches recorded once and repeated with the same arguments: their memory must stay. On the
/// emulated grid what was recorded runs again. Checked: test/gpu/graph_test.cpp
class graph {
public:
  graph() = default;
  graph(graph&& other) noexcept;
  graph& operator=(graph&& other) noexcept;
  ~graph();

  /// `body` launches on `on` and nothing else: it allocates nothing and waits for nothing.
  /// Requires: nothing recorded yet; a stream that is not the default one.
  [[nodiscard]] status record(stream on, const std::function<status()>& body);
  [[nodiscard]] status launch(stream on) const;

private:
  void* recorded_ = nullptr;
};

} // namespace troupe::cuda
