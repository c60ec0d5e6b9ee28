// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/dtype.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/result.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

/// The file that packed weights are kept in, so that the next load maps them instead of packing.
///
///   header   128 bytes: magic, format, counts and places, key, hash of the table, hash of the
///   header table    per tensor: kind, type, outputs, inputs, place, bytes, name; then a checksum
///   per piece body     from a multiple of 2 MiB on: tensors at multiples of 64 bytes, in the
///   table's order
///
/// All numbers are little-endian. Every byte of a file is under a hash; none is against an
/// adversary: who can write beside a model can write the model.
namespace troupe::engine {

/// matrix: panels as ops::packed_matrix has them. rows: row-major as in a checkpoint. floats: fp32.
enum class packed_kind : std::uint8_t { matrix, rows, floats };

struct packed_name {
  packed_kind kind = packed_kind::matrix;
  std::string text; ///< At most packed_name_bytes_max.

  friend auto operator<=>(const packed_name&, const packed_name&) = default;
};

/// What one tensor is and where it stands in the file.
struct packed_entry {
  ops::dtype type = ops::dtype::f32;
  std::int32_t outputs = 0;
  std::int32_t inputs = 0;
  std::uint64_t at = 0;
  std::uint64_t size_bytes = 0;

  friend bool operator==(const packed_entry&, const packed_entry&) = default;
};

inline constexpr std::size_t packed_header_bytes = 128;
inline constexpr std::size_t packed_name_bytes_max = 4096;
inline constexpr std::uint64_t packed_body_alignment = 2U << 20U;
inline constexpr std::uint64_t packed_entry_alignment = 64;
inline constexpr std::uint64_t packed_piece_bytes = 4U << 20U; ///< Of the body, under a checksum.

/// What a file says before its body.
struct packed_front {
  hash128 key;              ///< Of the checkpoint and of how it was packed; `packed_key`.
  std::uint64_t source = 0; ///< Copies of one model, of whatever content, have the same.
  std::uint64_t body_at = 0;
  std::uint64_t file_bytes = 0;
  std::map<packed_name, packed_entry> entries;
  std::vector<std::uint64_t> sums; ///< hash64 of each piece of the body; the last may be shorter.
};

/// The bytes a tensor of that kind and shape has; 0 where there is no such tensor: sizes that are
/// not positive, rows that are no whole blocks, floats of another type.
[[nodiscard]] std::uint64_t bytes_of(packed_kind kind, ops::dtype type, std::int32_t outputs,
                                     std::int32_t inputs);

struct packed_draft {
  packed_name name;
  packed_entry entry; ///< `at` is to be filled in.
};

/// Gives each its place, and a front that has everything but the sums, which are zeros.
/// Errors: invalid_value where two have one name, a name is too long or a size is not bytes_of.
[[nodiscard]] result<packed_front> lay_out(hash128 key, std::uint64_t source,
                                           std::span<packed_draft> tensors);

/// Header and table. Requires: a front as lay_out made it.
[[nodiscard]] bytes write_front(const packed_front& front);

/// Reads and checks header and table of a whole file of any content; what it returns lies within
/// the file, and each entry has bytes_of its shape. The body is not looked at.
/// Errors: malformed, saying what is wrong; invalid_value for another format or key.
/// Cost: O(table); allocates no more than the file is long.
/// Checked: test/unit/model/packed_format_test.cpp, test/fuzz/fuzz_packed.cpp
[[nodiscard]] result<packed_front> read_front(bytes_view file, hash128 key);

/// The model a file is a copy of, whatever its format's number; nothing where it is no such file.
[[nodiscard]] result<std::uint64_t> read_source(bytes_view header);

} // namespace troupe::engine
