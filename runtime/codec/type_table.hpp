// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// What a bus or a shell needs to know of one message type; made by `entry_of` in type_entry.hpp.
struct type_entry {
  wire_type type = 0;
  std::string_view name;
  traffic traffic_class = traffic::ordered;
  bool has_attachment = false;

  void (*encode)(const void* body, bytes& out) = nullptr;
  result<std::shared_ptr<void>> (*decode)(bytes_view data) = nullptr;

  /// Stamps `session` on every actor_ref inside that belongs to `peer`.
  void (*bind_refs)(void* body, const node_ref& peer, std::uint64_t session) = nullptr;

  const blob* (*attachment)(const void* body) = nullptr; ///< nullptr without attachment.
  void (*attach)(void* body, blob data) = nullptr;       ///< nullptr without attachment.
  std::string (*print)(const void* body) = nullptr;
};

/// The message types a node knows, by number. Immutable once made.
/// Thread: any. Cost of find: O(log types). Checked: test/unit/codec/type_table_test.cpp
class type_table {
public:
  type_table() = default;

  /// Requires: no number 0, no number or name twice.
  explicit type_table(std::vector<type_entry> entries);

  [[nodiscard]] const type_entry* find(wire_type type) const;
  [[nodiscard]] std::span<const type_entry> entries() const { return entries_; } ///< By number.

private:
  std::vector<type_entry> entries_;
  std::vector<wire_type> numbers_; ///< Of entries_: what is searched stays together.
};

} // namespace troupe
