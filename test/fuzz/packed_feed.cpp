// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/packed_feed.hpp"

#include "engine/model/content_memo.hpp"
#include "engine/model/packed_format.hpp"
#include "runtime/base/check.hpp"
#include "test/support/packed_files.hpp"

#include <algorithm>
#include <cstring>

namespace troupe::test {
namespace {

constexpr std::size_t file_bytes = engine::packed_body_alignment + 4096;

hash128 key_in(bytes_view file) {
  hash128 key;
  std::memcpy(&key.high, file.data() + 24, 8);
  std::memcpy(&key.low, file.data() + 32, 8);
  return key;
}

packed_outcome read(bytes_view file) {
  packed_outcome out;
  const auto front = engine::read_front(file, key_in(file));
  if (!front) {
    return out;
  }
  out.is_front = true;
  std::size_t nonzero = 0;
  for (const auto& [name, entry] : front->entries) {
    TROUPE_CHECK(entry.at <= file.size() && entry.size_bytes <= file.size() - entry.at);
    TROUPE_CHECK(entry.size_bytes
                 == engine::bytes_of(name.kind, entry.type, entry.outputs, entry.inputs));
    for (const auto byte : file.subspan(entry.at, entry.size_bytes)) {
      nonzero += byte != std::byte{} ? 1 : 0;
    }
    ++out.entries;
  }
  TROUPE_CHECK(nonzero <= file.size());
  return out;
}

} // namespace

packed_outcome feed_packed(bytes_view front) {
  (void)engine::content_memo::read(front);
  bytes file(file_bytes);
  std::ranges::copy(front.first(std::min(front.size(), file.size())), file.begin());
  (void)engine::read_source(front);
  (void)engine::read_front(front, hash128{});
  const auto as_is = read(file);
  reseal(file);
  const auto sealed = read(file);
  return as_is.is_front ? as_is : sealed;
}

} // namespace troupe::test
