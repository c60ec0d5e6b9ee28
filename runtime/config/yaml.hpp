// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::config {

struct yaml_member;

/// One value of a YAML file with the line it stands on. Scalars stay text: who reads them knows
/// their type, so that `no` and `1.0` mean what the reader's option says.
struct yaml_node {
  enum class shape : std::uint8_t { null, scalar, list, map };

  shape what = shape::null;
  std::string text;                 ///< Of a scalar.
  std::vector<yaml_node> items;     ///< Of a list.
  std::vector<yaml_member> members; ///< Of a map, in the file's order.
  std::uint32_t line = 0;           ///< From 1.

  /// The member called `key`, or null; only maps have members.
  [[nodiscard]] const yaml_node* find(std::string_view key) const;
};

struct yaml_member {
  std::string key;
  yaml_node item;
};

struct yaml_limits {
  std::size_t bytes_max = std::size_t{1} << 20U;
  std::size_t nodes_max = 20'000;
  std::size_t depth_max = 16;
};

/// Reads the one document of `text`. Anchors, aliases, tags, repeated keys and further documents
/// are refused: each is a way for a file to mean something else than it seems to say. Errors:
/// malformed, too_large; the text begins with `file`:line. An empty text is a null node. Checked:
/// test/unit/config/yaml_test.cpp
[[nodiscard]] result<yaml_node> read_yaml(std::string_view text, std::string_view file,
                                          const yaml_limits& limits = {});

} // namespace troupe::config
