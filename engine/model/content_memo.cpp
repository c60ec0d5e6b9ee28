// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/content_memo.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace troupe::engine {
namespace {

constexpr std::uint64_t magic = 0x31'736d'656d'7274ULL; // "trmems1"

/// An entry as it is written.
struct row {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};
static_assert(sizeof(row) == 56);

} // namespace

/// Magic, rows, hash of both.
content_memo content_memo::read(bytes_view file) {
  content_memo memo;
  constexpr auto around = 2 * sizeof(std::uint64_t);
  const auto count = file.size() < around ? 0 : (file.size() - around) / sizeof(row);
  if (file.size() != around + count * sizeof(row) || count > entries_max) {
    return memo;
  }
  const auto first = file.first(file.size() - sizeof(std::uint64_t));
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::memcpy(&begin, file.data(), sizeof begin);
  std::memcpy(&end, file.data() + first.size(), sizeof end);
  if (begin != magic || end != hash64(first)) {
    return memo;
  }
  for (std::size_t i = 0; i < count; ++i) {
    row one;
    std::memcpy(&one, file.data() + sizeof begin + i * sizeof one, sizeof one);
    memo.entries_.push_back(
        {{one.device, one.inode, one.size_bytes, one.modified_ns, one.changed_ns},
         {one.high, one.low}});
  }
  return memo;
}

bytes content_memo::write() const {
  bytes out;
  const auto append = [&](const auto& value) {
    const auto part = std::as_bytes(std::span{&value, 1});
    out.insert(out.end(), part.begin(), part.end());
  };
  append(magic);
  for (const auto& [of, content] : entries_) {
    append(row{of.device, of.inode, of.size_bytes, of.modified_ns, of.changed_ns, content.high,
               content.low});
  }
  append(hash64(out));
  return out;
}

std::optional<hash128> content_memo::find(const file_identity& of) const {
  const auto found = std::ranges::find(entries_, of, &entry::of);
  return found == entries_.end() ? std::nullopt : std::optional{found->content};
}

void content_memo::remember(const file_identity& before, const std::optional<file_identity>& after,
                            std::int64_t settled_ns, hash128 content) {
  if (after != before || before.changed_ns > settled_ns || before.modified_ns > settled_ns) {
    return;
  }
  std::erase_if(entries_, [&](const entry& one) {
    return one.of.device == before.device && one.of.inode == before.inode;
  });
  if (entries_.size() == entries_max) {
    entries_.erase(entries_.begin());
  }
  entries_.push_back({before, content});
  has_changed_ = true;
}

} // namespace troupe::engine
