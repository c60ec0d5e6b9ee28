// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/packed_format.hpp"

#include "test/support/packed_files.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <string>
#include <vector>

using namespace troupe;
using namespace troupe::engine;
using test::packed_test_key;

namespace {

constexpr std::size_t table_at = packed_header_bytes;

bytes sample() {
  return test::packed_file_of(test::packed_sample{});
}

template <class Number>
void put(bytes& file, std::size_t at, Number value) {
  std::memcpy(file.data() + at, &value, sizeof value);
}

std::uint64_t get(const bytes& file, std::size_t at) {
  std::uint64_t value = 0;
  std::memcpy(&value, file.data() + at, sizeof value);
  return value;
}

std::string refusal(const bytes& file, hash128 key = packed_test_key) {
  const auto front = read_front(file, key);
  return front ? "" : front.err().text;
}

/// A file whose front is changed but fits its hashes.
template <class Number>
std::string forged(std::size_t at, Number value) {
  auto file = sample();
  put(file, at, value);
  test::reseal(file);
  return refusal(file);
}

bool says(const std::string& text, const char* what) {
  return text.find(what) != std::string::npos;
}

} // namespace

TEST_CASE("what was written of a packed copy is read again") {
  const auto file = sample();
  const auto front = read_front(file, packed_test_key);
  REQUIRE(front.has_value());
  CHECK(front->source == 1);
  CHECK(front->file_bytes == file.size());
  CHECK(front->body_at == packed_body_alignment);
  REQUIRE(front->entries.size() == 3);
  const auto& qkv = front->entries.at({packed_kind::matrix, "layers.0.qkv"});
  CHECK(qkv.type == ops::dtype::bf16);
  CHECK(qkv.outputs == 20);
  CHECK(qkv.inputs == 24);
  CHECK(qkv.at == packed_body_alignment);
  CHECK(qkv.size_bytes == 32U * 24 * 2);
  CHECK(front->entries.at({packed_kind::rows, "embedding"}).size_bytes == 5U * 2 * 34);
  CHECK(front->entries.at({packed_kind::floats, "norm"}).size_bytes == 12);
  CHECK(front->sums.size() == 1);
  for (const auto& [name, entry] : front->entries) {
    CHECK(entry.at % packed_entry_alignment == 0);
  }
}

TEST_CASE("no changed bit of header or table is believed") {
  const auto whole = sample();
  const auto front_bytes = packed_header_bytes + get(whole, 40);
  for (std::size_t at = 0; at < front_bytes; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto broken = whole;
      broken[at] ^= static_cast<std::byte>(1U << bit);
      CAPTURE(at);
      CHECK_FALSE(read_front(broken, packed_test_key).has_value());
    }
  }
}

TEST_CASE("a packed copy that is shorter or longer than written is refused") {
  const auto whole = sample();
  const auto front_bytes = packed_header_bytes + get(whole, 40);
  std::vector<std::size_t> lengths{whole.size() - 1, packed_body_alignment,
                                   packed_body_alignment + 1, front_bytes, front_bytes + 1};
  for (std::size_t at = 0; at < front_bytes; ++at) {
    lengths.push_back(at);
  }
  for (const auto length : lengths) {
    CAPTURE(length);
    CHECK_FALSE(
        read_front(bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)),
                   packed_test_key)
            .has_value());
  }
  auto longer = whole;
  longer.push_back(std::byte{});
  CHECK(says(refusal(longer), "bytes long"));
}

TEST_CASE("a packed copy of another key, format or kind of file is refused as that") {
  CHECK(says(refusal(sample(), {7, 10}), "other weights"));
  CHECK(says(refusal(sample(), {8, 9}), "other weights"));
  CHECK(says(forged<std::uint32_t>(8, 2), "format 2"));
  CHECK(says(forged<std::uint64_t>(0, 1), "no packed copy"));
  CHECK(says(refusal({}), "shorter than a header"));
}

TEST_CASE("every field of a header that fits its hashes is checked against the file") {
  const auto size = sample().size();
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  CHECK_FALSE(forged<std::uint32_t>(12, 0).empty()); // Entries.
  CHECK_FALSE(forged<std::uint32_t>(12, 2).empty());
  CHECK_FALSE(forged<std::uint32_t>(12, 4).empty());
  CHECK_FALSE(forged<std::uint32_t>(12, 0xffffffff).empty());
  for (const auto value :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{size}, most, most - 127}) {
    CHECK_FALSE(forged<std::uint64_t>(40, value).empty()); // Bytes of the table,
    CHECK_FALSE(forged<std::uint64_t>(48, value).empty()); // where the body begins,
    CHECK_FALSE(forged<std::uint64_t>(64, value).empty()); // bytes of a piece,
    if (value != size) {
      CHECK_FALSE(forged<std::uint64_t>(56, value).empty()); // and of the file.
    }
  }
  CHECK_FALSE(forged<std::uint64_t>(48, 2 * packed_body_alignment).empty());
}

TEST_CASE("every field of a table that fits its hashes is checked") {
  const auto row = [](std::size_t field) {
    return table_at + field;
  };
  CHECK(says(forged<std::uint8_t>(row(0), 3), "unknown kind"));
  CHECK(says(forged<std::uint8_t>(row(1), 11), "unknown kind or type"));
  CHECK(says(forged<std::uint16_t>(row(2), 1), "unknown kind"));
  CHECK_FALSE(forged<std::uint32_t>(row(4), 0).empty());
  CHECK(says(forged<std::uint32_t>(row(4), 4097), "a name of 4097 bytes"));
  CHECK(says(forged<std::uint32_t>(row(4), 0xffffffff), "a name of"));
  CHECK(says(forged<std::int32_t>(row(8), 33), "not that of"));
  CHECK(says(forged<std::int32_t>(row(8), 0), "not that of"));
  CHECK(says(forged<std::int32_t>(row(8), -20), "not that of"));
  CHECK(says(forged<std::int32_t>(row(8), 0x7fffffff), "not that of"));
  CHECK(says(forged<std::int32_t>(row(12), 25), "not that of"));
  CHECK(says(forged<std::int32_t>(row(12), 0x7fffffff), "not that of"));
  CHECK(says(forged<std::uint64_t>(row(16), 0), "outside"));
  CHECK(says(forged<std::uint64_t>(row(16), packed_body_alignment + 1), "outside"));
  CHECK(says(forged<std::uint64_t>(row(16), packed_body_alignment + 64), "outside")); // Overlaps.
  CHECK(says(forged<std::uint64_t>(row(16), ~std::uint64_t{63}), "outside"));
  CHECK(says(forged<std::uint64_t>(row(24), 1), "not that of"));
  CHECK(says(forged<std::uint64_t>(row(24), ~std::uint64_t{0}), "not that of"));
  // The one place that the file may have chosen otherwise: more outputs in the last panel.
  CHECK(forged<std::int32_t>(row(8), 32).empty());
}

TEST_CASE("two tensors of one name are not laid out, nor a size that is not the shape's") {
  std::vector<packed_draft> drafts(2, {{packed_kind::floats, "a"}, {ops::dtype::f32, 1, 3, 0, 12}});
  CHECK(lay_out(packed_test_key, 1, drafts).err().field == "a");
  drafts.pop_back();
  CHECK(lay_out(packed_test_key, 1, drafts).has_value());
  drafts[0].entry.size_bytes = 16;
  CHECK_FALSE(lay_out(packed_test_key, 1, drafts).has_value());
  drafts[0] = {{packed_kind::floats, std::string(4097, 'a')}, {ops::dtype::f32, 1, 3, 0, 12}};
  CHECK_FALSE(lay_out(packed_test_key, 1, drafts).has_value());
}
