// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe {

using bytes = std::vector<std::byte>;
using bytes_view = std::span<const std::byte>;

inline bytes_view as_bytes_view(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

inline std::string_view as_text(bytes_view data) {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

/// Immutable bytes with a shared owner: what travels beside messages without being copied.
/// Thread: any; the bytes never change while a blob refers to them.
class blob {
public:
  blob() = default;
  explicit blob(bytes data) {
    auto owner = std::make_shared<const bytes>(std::move(data));
    view_ = *owner;
    owner_ = std::move(owner);
  }
  blob(std::shared_ptr<const void> owner, bytes_view view)
      : owner_(std::move(owner)), view_(view) {}

  [[nodiscard]] bytes_view view() const noexcept { return view_; }
  [[nodiscard]] std::size_t size() const noexcept { return view_.size(); }
  [[nodiscard]] bool empty() const noexcept { return view_.empty(); }
  [[nodiscard]] const std::shared_ptr<const void>& owner() const noexcept { return owner_; }

private:
  std::shared_ptr<const void> owner_;
  bytes_view view_;
};

} // namespace troupe
