// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/codec/type_table.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <set>

namespace troupe {

type_table::type_table(std::vector<type_entry> entries) : entries_(std::move(entries)) {
  std::ranges::sort(entries_, {}, &type_entry::type);
  std::set<std::string_view> names;
  wire_type before = 0;
  for (const auto& entry : entries_) {
    TROUPE_CHECK(entry.type > before);
    TROUPE_CHECK(names.insert(entry.name).second);
    before = entry.type;
    numbers_.push_back(entry.type);
  }
}

const type_entry* type_table::find(wire_type type) const {
  const auto at = std::ranges::lower_bound(numbers_, type);
  return at != numbers_.end() && *at == type ? &entries_[at - numbers_.begin()] : nullptr;
}

} // namespace troupe
