// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/config/yaml.hpp"

#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

namespace troupe {

/// Reads the members of one map of a cluster file and refuses those nobody asked for. Every error
/// names file and line. Both arguments outlive this.
class map_reader {
public:
  map_reader(const config::yaml_node& from, const std::string& path) : from_(from), path_(path) {}

  [[nodiscard]] error wrong(std::uint32_t line, errc code, const std::string& text) const;

  result<void> text(const std::string& key, std::string& into);
  result<void> port(const std::string& key, std::uint16_t& into);
  result<void> texts(const std::string& key, std::vector<std::string>& into);
  result<void> count(const std::string& key, std::int64_t least, std::int64_t most,
                     std::int64_t& into);
  const config::yaml_node* child(const std::string& key);

  /// The line of that member, or else of the map.
  [[nodiscard]] std::uint32_t line_of(const std::string& key) const;
  [[nodiscard]] result<void> nothing_else() const;

private:
  const config::yaml_node& from_;
  const std::string& path_;
  std::set<std::string> known_;
};

/// A braced list: its items are evaluated in order, so that every key is known before the last
/// asks.
[[nodiscard]] result<void> first_error(std::initializer_list<result<void>> all);

} // namespace troupe
