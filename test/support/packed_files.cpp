// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/support/packed_files.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace troupe::test {
namespace {

using namespace engine;

bytes counted(std::uint64_t count, std::uint8_t seed) {
  bytes out(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    out[i] = static_cast<std::byte>(seed + i * 31 + i / 256);
  }
  return out;
}

} // namespace

packed_sample::packed_sample(std::uint8_t seed, std::uint64_t pad_bytes)
    : matrix(counted(bytes_of(packed_kind::matrix, ops::dtype::bf16, 20, 24), seed)),
      rows(counted(bytes_of(packed_kind::rows, ops::dtype::q8_0, 5, 64), seed)),
      pad(counted(pad_bytes / 4 * 4, seed)),
      notes(std::make_shared<packed_notes>()) {
  notes->add(packed_kind::matrix, "layers.0.qkv", ops::dtype::bf16, 20, 24, matrix);
  notes->add(packed_kind::rows, "embedding", ops::dtype::q8_0, 5, 64, rows);
  notes->add_floats("norm", {1.0F, 2.5F, static_cast<float>(seed)});
  if (!pad.empty()) {
    notes->add(packed_kind::rows, "pad", ops::dtype::f32, 1,
               static_cast<std::int32_t>(pad.size() / 4), pad);
  }
}

bytes packed_file_of(const packed_sample& of) {
  std::vector<packed_draft> drafts;
  for (const auto& one : of.notes->all()) {
    drafts.push_back(one.draft);
  }
  auto front = lay_out(packed_test_key, 1, drafts);
  TROUPE_CHECK(front.has_value());
  bytes file(front->file_bytes);
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    const auto data = of.notes->all()[i].data;
    std::memcpy(file.data() + drafts[i].entry.at, data.data(), data.size());
  }
  for (std::size_t i = 0; i < front->sums.size(); ++i) {
    const auto at = front->body_at + i * packed_piece_bytes;
    front->sums[i] = hash64(
        bytes_view{file}.subspan(at, std::min<std::size_t>(packed_piece_bytes, file.size() - at)));
  }
  std::ranges::copy(write_front(*front), file.begin());
  return file;
}

/// The places of packed_format.cpp's header.
void reseal(bytes& file) {
  if (file.size() < packed_header_bytes) {
    return;
  }
  std::uint64_t table_bytes = 0;
  std::memcpy(&table_bytes, file.data() + 40, sizeof table_bytes);
  const auto rest = bytes_view{file}.subspan(packed_header_bytes);
  const auto table = hash_128(rest.first(std::min<std::uint64_t>(table_bytes, rest.size())));
  std::memcpy(file.data() + 96, &table.high, 8);
  std::memcpy(file.data() + 104, &table.low, 8);
  const auto own = hash_128(bytes_view{file}.first(112));
  std::memcpy(file.data() + 112, &own.high, 8);
  std::memcpy(file.data() + 120, &own.low, 8);
}

} // namespace troupe::test
