// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/packed_format.hpp"

#include "engine/core/ops/packed_matrix.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>

namespace troupe::engine {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t magic = 0x31'6b63'6170'7274ULL; // "trpack1"
constexpr std::uint32_t format_version = 1;

/// Their places are the numbers in files: new types go to the end.
constexpr std::array known_types{ops::dtype::f32,  ops::dtype::bf16, ops::dtype::f16,
                                 ops::dtype::q8_0, ops::dtype::q4_0, ops::dtype::q4_k,
                                 ops::dtype::q6_k, ops::dtype::int4, ops::dtype::mxfp4,
                                 ops::dtype::int8, ops::dtype::fp8};

struct header {
  std::uint64_t magic = 0;
  std::uint32_t format = 0;
  std::uint32_t entries = 0;
  std::uint64_t source = 0;
  std::uint64_t key_high = 0;
  std::uint64_t key_low = 0;
  std::uint64_t table_bytes = 0;
  std::uint64_t body_at = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t piece_bytes = 0;
  std::array<std::uint64_t, 3> zeros{};
  std::uint64_t table_high = 0;
  std::uint64_t table_low = 0;
  std::uint64_t own_high = 0;
  std::uint64_t own_low = 0;
};
static_assert(sizeof(header) == packed_header_bytes);

struct row {
  std::uint8_t kind = 0;
  std::uint8_t type = 0;
  std::uint16_t zero = 0;
  std::uint32_t name_bytes = 0;
  std::int32_t outputs = 0;
  std::int32_t inputs = 0;
  std::uint64_t at = 0;
  std::uint64_t size_bytes = 0;
};
static_assert(sizeof(row) == 32);

std::uint64_t round_up(std::uint64_t value, std::uint64_t to) {
  return (value + to - 1) / to * to;
}

std::uint64_t pieces_of(std::uint64_t body_bytes) {
  return (body_bytes + packed_piece_bytes - 1) / packed_piece_bytes;
}

bytes_view raw(const auto& value) {
  return std::as_bytes(std::span{&value, 1});
}

hash128 hash_of(const header& of) {
  return hash_128(raw(of).first(offsetof(header, own_high)));
}

error damaged(const std::string& what) {
  return {.code = errc::malformed, .text = what};
}

/// The unread rest of a table.
class cursor {
public:
  explicit cursor(bytes_view all) : rest_(all) {}

  template <class Value>
  bool take(Value& out) {
    const auto part = take_bytes(sizeof(Value));
    if (part) {
      std::memcpy(&out, part->data(), sizeof(Value));
    }
    return part.has_value();
  }

  std::optional<bytes_view> take_bytes(std::uint64_t count) {
    if (count > rest_.size()) {
      return std::nullopt;
    }
    const auto out = rest_.first(count);
    rest_ = rest_.subspan(count);
    return out;
  }

  [[nodiscard]] bytes_view rest() const { return rest_; }

private:
  bytes_view rest_;
};

result<header> read_header(bytes_view file) {
  header found;
  if (file.size() < sizeof found) {
    return damaged("is shorter than a header");
  }
  std::memcpy(&found, file.data(), sizeof found);
  if (found.magic != magic) {
    return damaged("is no packed copy");
  }
  if (found.format != format_version) {
    return error{.code = errc::invalid_value,
                 .text = "has format " + std::to_string(found.format) + ", not "
                         + std::to_string(format_version)};
  }
  if (hash_of(found) != hash128{found.own_high, found.own_low}) {
    return damaged("its header is damaged");
  }
  return found;
}

result<void> check_places(const header& found, bytes_view file) {
  if (found.file_bytes != file.size()) {
    return damaged("is " + std::to_string(file.size()) + " bytes long, but was written with "
                   + std::to_string(found.file_bytes));
  }
  if (found.piece_bytes != packed_piece_bytes || found.body_at % packed_body_alignment != 0
      || found.body_at > found.file_bytes || found.body_at < sizeof(header)
      || found.table_bytes > found.body_at - sizeof(header)) {
    return damaged("its header places table or body outside");
  }
  return {};
}

result<std::pair<packed_name, packed_entry>> read_row(cursor& from, const header& in,
                                                      std::uint64_t after) {
  row found;
  if (!from.take(found)) {
    return damaged("its table ends early");
  }
  if (found.name_bytes > packed_name_bytes_max) {
    return damaged("its table has a name of " + std::to_string(found.name_bytes) + " bytes");
  }
  const auto name = from.take_bytes(found.name_bytes);
  if (!name || !from.take_bytes(round_up(found.name_bytes, 8) - found.name_bytes)) {
    return damaged("its table ends early");
  }
  const std::string text{as_text(*name)};
  if (found.kind > static_cast<std::uint8_t>(packed_kind::floats)
      || found.type >= known_types.size() || found.zero != 0) {
    return damaged("its table has an unknown kind or type for '" + text + "'");
  }
  const auto kind = static_cast<packed_kind>(found.kind);
  const auto type = known_types[found.type];
  const auto expected = bytes_of(kind, type, found.outputs, found.inputs);
  if (expected == 0 || expected != found.size_bytes) {
    return damaged("its table has a size that is not that of '" + text + "'");
  }
  if (found.at % packed_entry_alignment != 0 || found.at < after || found.at > in.file_bytes
      || found.size_bytes > in.file_bytes - found.at) {
    return damaged("its table places '" + text + "' outside");
  }
  return std::pair{packed_name{kind, text},
                   packed_entry{type, found.outputs, found.inputs, found.at, found.size_bytes}};
}

} // namespace

std::uint64_t bytes_of(packed_kind kind, ops::dtype type, std::int32_t outputs,
                       std::int32_t inputs) {
  constexpr auto most = std::numeric_limits<std::int32_t>::max() - 16;
  if (outputs <= 0 || inputs <= 0 || outputs > most || inputs > most
      || inputs % ops::inputs_of_block(type) != 0
      || (kind == packed_kind::floats && type != ops::dtype::f32)) {
    return 0;
  }
  return kind == packed_kind::matrix ? ops::packed_bytes(type, outputs, inputs)
                                     : static_cast<std::uint64_t>(outputs)
                                           * ops::row_bytes(type, static_cast<std::size_t>(inputs));
}

result<packed_front> lay_out(hash128 key, std::uint64_t source, std::span<packed_draft> tensors) {
  packed_front front{.key = key, .source = source};
  std::uint64_t table = 0;
  std::uint64_t body = 0;
  for (auto& [name, entry] : tensors) {
    if (name.text.size() > packed_name_bytes_max
        || entry.size_bytes != bytes_of(name.kind, entry.type, entry.outputs, entry.inputs)) {
      return error{.code = errc::invalid_value, .text = "has no such size", .field = name.text};
    }
    entry.at = round_up(body, packed_entry_alignment);
    body = entry.at + entry.size_bytes;
    table += sizeof(row) + round_up(name.text.size(), 8);
  }
  table += pieces_of(body) * sizeof(std::uint64_t);
  front.body_at = round_up(sizeof(header) + table, packed_body_alignment);
  front.file_bytes = front.body_at + body;
  front.sums.resize(pieces_of(body));
  for (auto& [name, entry] : tensors) {
    entry.at += front.body_at;
    if (!front.entries.emplace(name, entry).second) {
      return error{.code = errc::invalid_value, .text = "is there twice", .field = name.text};
    }
  }
  return front;
}

bytes write_front(const packed_front& front) {
  std::vector<std::pair<const packed_name*, const packed_entry*>> in_order;
  for (const auto& [name, entry] : front.entries) {
    in_order.emplace_back(&name, &entry);
  }
  std::ranges::sort(in_order, {}, [](const auto& one) { return one.second->at; });
  bytes out(sizeof(header));
  const auto append = [&](bytes_view part) {
    out.insert(out.end(), part.begin(), part.end());
  };
  for (const auto& [name, entry] : in_order) {
    const auto type = std::ranges::find(known_types, entry->type) - known_types.begin();
    const row one{.kind = static_cast<std::uint8_t>(name->kind),
                  .type = static_cast<std::uint8_t>(type),
                  .name_bytes = static_cast<std::uint32_t>(name->text.size()),
                  .outputs = entry->outputs,
                  .inputs = entry->inputs,
                  .at = entry->at,
                  .size_bytes = entry->size_bytes};
    append(raw(one));
    append(as_bytes_view(name->text));
    out.resize(round_up(out.size(), 8));
  }
  append(std::as_bytes(std::span{front.sums}));
  const auto table = bytes_view{out}.subspan(sizeof(header));
  const auto table_hash = hash_128(table);
  header first{.magic = magic,
               .format = format_version,
               .entries = static_cast<std::uint32_t>(front.entries.size()),
               .source = front.source,
               .key_high = front.key.high,
               .key_low = front.key.low,
               .table_bytes = table.size(),
               .body_at = front.body_at,
               .file_bytes = front.file_bytes,
               .piece_bytes = packed_piece_bytes,
               .table_high = table_hash.high,
               .table_low = table_hash.low};
  const auto own = hash_of(first);
  first.own_high = own.high;
  first.own_low = own.low;
  std::memcpy(out.data(), &first, sizeof first);
  return out;
}

result<packed_front> read_front(bytes_view file, hash128 key) {
  const auto found = read_header(file);
  if (!found) {
    return found.err();
  }
  if (hash128{found->key_high, found->key_low} != key) {
    return error{.code = errc::invalid_value,
                 .text = "is a copy of other weights or packed otherwise"};
  }
  if (auto fine = check_places(*found, file); !fine) {
    return fine.err();
  }
  const auto table = file.subspan(sizeof(header), found->table_bytes);
  if (hash_128(table) != hash128{found->table_high, found->table_low}) {
    return damaged("its table is damaged");
  }
  packed_front front{.key = key,
                     .source = found->source,
                     .body_at = found->body_at,
                     .file_bytes = found->file_bytes};
  cursor rest{table};
  auto after = found->body_at;
  for (std::uint32_t i = 0; i < found->entries; ++i) {
    auto one = read_row(rest, *found, after);
    if (!one) {
      return one.err();
    }
    after = one->second.at + one->second.size_bytes;
    if (!front.entries.insert(*std::move(one)).second) {
      return damaged("its table has a name twice");
    }
  }
  front.sums.resize(pieces_of(found->file_bytes - found->body_at));
  const auto sums = std::as_writable_bytes(std::span{front.sums});
  if (rest.rest().size() != sums.size()) {
    return damaged("its table has too few or too many checksums");
  }
  std::ranges::copy(rest.rest(), sums.begin());
  return front;
}

result<std::uint64_t> read_source(bytes_view file) {
  header found;
  if (file.size() >= sizeof found) {
    std::memcpy(&found, file.data(), sizeof found);
  }
  if (found.magic != magic) {
    return damaged("is no packed copy");
  }
  return found.source;
}

} // namespace troupe::engine
