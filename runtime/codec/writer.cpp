// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/codec/writer.hpp"

#include "runtime/base/check.hpp"

#include <msgpack/pack.hpp>

#include <array>
#include <bit>
#include <limits>

namespace troupe {

namespace {

struct sink {
  bytes& out;

  void write(const char* data, std::size_t size) {
    const auto* from = reinterpret_cast<const std::byte*>(data);
    out.insert(out.end(), from, from + size);
  }
};

template <class Pack>
void pack_into(bytes& out, Pack pack) {
  auto to = sink{out};
  auto packer = msgpack::packer<sink>(to);
  pack(packer);
}

std::uint32_t checked_size(std::size_t size) {
  TROUPE_CHECK(size <= std::numeric_limits<std::uint32_t>::max());
  return static_cast<std::uint32_t>(size);
}

void append_hash(bytes& out, const hash128& value) {
  for (const auto word : {value.high, value.low}) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      out.push_back(static_cast<std::byte>((word >> static_cast<unsigned>(shift)) & 0xFFU));
    }
  }
}

} // namespace

void writer::raw(const void* data, std::size_t size) {
  const auto* from = static_cast<const std::byte*>(data);
  out_.insert(out_.end(), from, from + size);
}

void writer::map(std::uint32_t count) {
  pack_into(out_, [&](auto& p) { p.pack_map(count); });
}

void writer::array(std::uint32_t count) {
  pack_into(out_, [&](auto& p) { p.pack_array(count); });
}

void writer::boolean(bool value) {
  pack_into(out_, [&](auto& p) { value ? p.pack_true() : p.pack_false(); });
}

void writer::integer(std::uint64_t value) {
  pack_into(out_, [&](auto& p) { p.pack_uint64(value); });
}

void writer::integer(std::int64_t value) {
  pack_into(out_, [&](auto& p) { p.pack_int64(value); });
}

// Not the packer's: it turns whole numbers into integers.
void writer::real(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  out_.push_back(std::byte{0xCA});
  for (int shift = 24; shift >= 0; shift -= 8) {
    out_.push_back(static_cast<std::byte>((bits >> static_cast<unsigned>(shift)) & 0xFFU));
  }
}

void writer::real(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  out_.push_back(std::byte{0xCB});
  for (int shift = 56; shift >= 0; shift -= 8) {
    out_.push_back(static_cast<std::byte>((bits >> static_cast<unsigned>(shift)) & 0xFFU));
  }
}

void writer::text(std::string_view value) {
  pack_into(out_, [&](auto& p) { p.pack_str(checked_size(value.size())); });
  raw(value.data(), value.size());
}

void writer::binary(bytes_view value) {
  pack_into(out_, [&](auto& p) { p.pack_bin(checked_size(value.size())); });
  raw(value.data(), value.size());
}

void writer::hash(const hash128& value) {
  hashes({&value, 1});
}

void writer::hashes(std::span<const hash128> values) {
  pack_into(out_, [&](auto& p) { p.pack_bin(checked_size(values.size() * 16)); });
  for (const auto& value : values) {
    append_hash(out_, value);
  }
}

void writer::tokens(std::span<const std::uint32_t> values) {
  pack_into(out_, [&](auto& p) { p.pack_bin(checked_size(values.size_bytes())); });
  if constexpr (std::endian::native == std::endian::little) {
    raw(values.data(), values.size_bytes());
  } else {
    for (const auto value : values) {
      for (unsigned shift = 0; shift < 32; shift += 8) {
        out_.push_back(static_cast<std::byte>((value >> shift) & 0xFFU));
      }
    }
  }
}

} // namespace troupe
