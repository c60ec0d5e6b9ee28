// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/ops/k_block.hpp"
#include "engine/core/ops/packed_matrix.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace troupe::engine::ops {
namespace {

template <class Element>
Element load(const std::byte* row, std::size_t k) {
  Element value{};
  std::memcpy(&value, row + k * sizeof(Element), sizeof(Element));
  return value;
}

/// 16 rows at a time of as many inputs as a vector of 16 bytes holds. A stage puts the lanes of
/// vectors i and i + 8 side by side, which moves the highest bit of the row below all others; after
/// four of them the lanes run by input, then by row.
template <class Element, int Lanes, int... Low>
std::size_t transpose_whole(std::span<const std::byte* const> rows, std::size_t inputs,
                            Element* out, std::integer_sequence<int, Low...>) {
  using vector [[gnu::vector_size(16)]] = Element;
  constexpr std::size_t half = panel_width / 2;
  std::size_t k = 0;
  for (; k + Lanes <= inputs; k += Lanes) {
    vector now[panel_width];
    for (std::size_t n = 0; n < panel_width; ++n) {
      std::memcpy(&now[n], rows[n] + k * sizeof(Element), sizeof(vector));
    }
    for (int stage = 0; stage < 4; ++stage) {
      vector next[panel_width];
      for (std::size_t i = 0; i < half; ++i) {
        next[2 * i] = __builtin_shufflevector(now[i], now[i + half], Low...);
        next[2 * i + 1] = __builtin_shufflevector(now[i], now[i + half], (Low + Lanes / 2)...);
      }
      std::memcpy(now, next, sizeof now);
    }
    std::memcpy(out + k * panel_width, now, sizeof now);
  }
  return k;
}

template <class Element>
void transpose(std::span<const std::byte* const> rows, std::size_t inputs, void* panel) {
  auto* out = static_cast<Element*>(panel);
  std::size_t k = 0;
  if (rows.size() == panel_width) {
    if constexpr (sizeof(Element) == 2) {
      k = transpose_whole<Element, 8>(rows, inputs, out,
                                      std::integer_sequence<int, 0, 8, 1, 9, 2, 10, 3, 11>{});
    } else {
      k = transpose_whole<Element, 4>(rows, inputs, out, std::integer_sequence<int, 0, 4, 1, 5>{});
    }
  }
  for (; k < inputs; ++k) {
    for (std::size_t n = 0; n < rows.size(); ++n) {
      out[k * panel_width + n] = load<Element>(rows[n], k);
    }
  }
}

/// Pairs move as words of 32 bits; an odd last input gets a zero beside it.
void transpose_pairs(std::span<const std::byte* const> rows, std::size_t inputs, void* panel) {
  transpose<std::uint32_t>(rows, inputs / 2, panel);
  if (inputs % 2 != 0) {
    auto* out = static_cast<std::uint32_t*>(panel) + inputs / 2 * panel_width;
    for (std::size_t n = 0; n < rows.size(); ++n) {
      out[n] = load<std::uint16_t>(rows[n], inputs - 1);
    }
  }
}

void transpose_wide(std::span<const std::byte* const> rows, dtype source, std::size_t inputs,
                    float* panel) {
  for (std::size_t k = 0; k < inputs; ++k) {
    for (std::size_t n = 0; n < rows.size(); ++n) {
      const auto bits = load<std::uint16_t>(rows[n], k);
      panel[k * panel_width + n] = source == dtype::bf16 ? bf16_to_f32(bits) : f16_to_f32(bits);
    }
  }
}

/// Pairs of codes move as halves do; then the scales.
void transpose_fp8(std::span<const std::byte* const> rows, std::size_t inputs, std::byte* panel) {
  transpose<std::uint16_t>(rows, inputs / 2, panel);
  auto* scales = panel + inputs * panel_width;
  for (std::size_t group = 0; group < fp8_groups(inputs); ++group) {
    for (std::size_t n = 0; n < rows.size(); ++n) {
      std::memcpy(scales + (group * panel_width + n) * sizeof(float),
                  rows[n] + inputs + group * sizeof(float), sizeof(float));
    }
  }
}

/// All but k blocks keep the order of bytes in a block: four of an output side by side.
void transpose_blocks(std::span<const std::byte* const> rows, dtype type, std::int32_t inputs,
                      std::byte* panel) {
  constexpr std::size_t four = 4;
  const std::size_t scale_bytes = type == dtype::mxfp4 ? 1 : type == dtype::int8 ? 4 : 2;
  const auto blocks = static_cast<std::size_t>(inputs / block_inputs);
  const auto block_bytes = bytes_of_block(type);
  const std::size_t groups = has_bytes(type) ? 8 : 4;
  const auto integers_at = block_bytes - groups * four;
  const std::uint32_t flip = has_bytes(type) ? 0x80808080U : 0;
  auto* scales = panel + scales_at(type, inputs);
  auto* zeros = panel + k_scales_at(type, inputs);
  for (std::size_t b = 0; b < blocks; ++b) {
    auto* out = panel + b * groups * four * panel_width;
    for (std::size_t n = 0; n < rows.size(); ++n) {
      const auto* block = rows[n] + b * block_bytes;
      std::memcpy(scales + (b * panel_width + n) * scale_bytes, block, scale_bytes);
      if (type == dtype::int4) {
        zeros[b * panel_width + n] = block[scale_bytes];
      }
      for (std::size_t group = 0; group < groups; ++group) {
        const auto bytes = load<std::uint32_t>(block + integers_at, group) ^ flip;
        std::memcpy(out + (group * panel_width + n) * four, &bytes, four);
      }
    }
  }
}

/// The integers of 32 inputs of a k block where packed_matrix says.
void put_integers(const std::uint8_t* q, dtype type, std::size_t n, std::byte* out) {
  constexpr std::size_t four = 4;
  constexpr std::size_t half = block_inputs / 2;
  for (std::size_t k = 0; k < half; ++k) {
    const auto both = static_cast<std::uint8_t>((q[k] & 15U) | (q[k + half] & 15U) << 4U);
    out[(k / four * panel_width + n) * four + k % four] = std::byte{both};
  }
  if (type != dtype::q6_k) {
    return;
  }
  auto* upper = out + integer_bytes(dtype::q4_k);
  for (std::size_t at = 0; at < 2 * four; ++at) {
    const auto* mine = q + at / four * half + at % four;
    const auto all =
        static_cast<std::uint8_t>(mine[0] >> 4U | mine[four] >> 4U << 2U
                                  | mine[2 * four] >> 4U << 4U | mine[3 * four] >> 4U << 6U);
    upper[(at / four * panel_width + n) * four + at % four] = std::byte{all};
  }
}

void transpose_k_blocks(std::span<const std::byte* const> rows, dtype type, std::int32_t inputs,
                        std::byte* panel) {
  constexpr std::size_t runs = k_block_inputs / block_inputs;
  const auto run_bytes = integer_bytes(type);
  auto* parts = panel + scales_at(type, inputs);
  auto* scales = panel + k_scales_at(type, inputs);
  for (std::size_t n = 0; n < rows.size(); ++n) {
    for (std::size_t b = 0; b < static_cast<std::size_t>(inputs / k_block_inputs); ++b) {
      const auto block = take_apart(type, rows[n] + b * bytes_of_block(type));
      for (std::size_t which = 0; which < 2; ++which) {
        std::memcpy(scales + ((b * 2 + which) * panel_width + n) * sizeof(std::uint16_t),
                    &block.scales[which], sizeof(std::uint16_t));
      }
      for (std::size_t run = 0; run < runs; ++run) {
        const auto at = b * runs + run;
        put_integers(block.q.data() + run * block_inputs, type, n, panel + at * run_bytes);
        for (std::size_t which = 0; which < 2; ++which) {
          parts[(at * 2 + which) * panel_width + n] =
              static_cast<std::byte>(block.parts[run][which]);
        }
      }
    }
  }
}

} // namespace

void pack_panel(std::span<const std::byte* const> rows, dtype source, std::int32_t inputs,
                dtype target, void* panel) {
  TROUPE_CHECK(rows.size() <= panel_width && inputs >= 1);
  TROUPE_CHECK(target == source
               || (target == dtype::f32 && (source == dtype::bf16 || source == dtype::f16)));
  TROUPE_CHECK(inputs % inputs_of_block(source) == 0);
  const auto count = static_cast<std::size_t>(inputs);
  if (rows.size() < panel_width) {
    std::memset(panel, 0, panel_bytes(target, inputs));
  }
  if (source == dtype::fp8) {
    transpose_fp8(rows, count, static_cast<std::byte*>(panel));
  } else if (is_k_block(source)) {
    transpose_k_blocks(rows, source, inputs, static_cast<std::byte*>(panel));
  } else if (is_blocked(source)) {
    transpose_blocks(rows, source, inputs, static_cast<std::byte*>(panel));
  } else if (target != source) {
    transpose_wide(rows, source, count, static_cast<float*>(panel));
  } else if (source == dtype::bf16) {
    transpose_pairs(rows, count, panel);
  } else if (source == dtype::f32) {
    transpose<float>(rows, count, panel);
  } else {
    transpose<std::uint16_t>(rows, count, panel);
  }
}

namespace {

/// Where in a panel of elements that of row n and input k stands.
std::size_t place_of(dtype type, std::size_t n, std::size_t k) {
  return type == dtype::bf16 ? (k / 2 * panel_width + n) * 2 + k % 2 : k * panel_width + n;
}

/// What one number of a panel of elements is.
float element(dtype type, const std::byte* panel, std::size_t number) {
  if (type == dtype::f32) {
    return load<float>(panel, number);
  }
  const auto bits = load<std::uint16_t>(panel, number);
  return type == dtype::bf16 ? bf16_to_f32(bits) : f16_to_f32(bits);
}

/// Of a panel of blocks, the integer of row n and input k as it stands there.
std::int32_t block_integer(dtype type, const std::byte* panel, std::size_t n, std::size_t k) {
  constexpr std::size_t four = 4;
  constexpr std::size_t half = block_inputs / 2;
  const auto block = k / block_inputs;
  const auto in_block = k % block_inputs;
  const bool is_wide = has_bytes(type);
  const auto* integers = panel + block * integer_bytes(type);
  const auto byte_of = [&](std::size_t place) {
    return std::to_integer<std::int32_t>(
        integers[(place / four * panel_width + n) * four + place % four]);
  };
  if (is_wide) {
    return byte_of(in_block);
  }
  const auto both = byte_of(in_block % half);
  const auto low = in_block < half ? both & 15 : both >> 4;
  if (type != dtype::q6_k) {
    return low;
  }
  const auto upper = byte_of(half + in_block / half * four + in_block % four);
  return low | (upper >> in_block / four % four * 2 & 3) << 4;
}

/// What k blocks make of the integer of row n and input k.
float k_block_element(const packed_matrix& from, const std::byte* panel, std::size_t n,
                      std::size_t k) {
  const auto factor = [&](std::size_t which) {
    const auto part =
        static_cast<std::int8_t>(panel[scales_at(from.type, from.inputs)
                                       + (k / block_inputs * 2 + which) * panel_width + n]);
    const auto scale = load<std::uint16_t>(panel + k_scales_at(from.type, from.inputs),
                                           (k / k_block_inputs * 2 + which) * panel_width + n);
    return f16_to_f32(scale) * static_cast<float>(part);
  };
  const auto q = block_integer(from.type, panel, n, k);
  return from.type == dtype::q4_k
             ? factor(0) * static_cast<float>(q) - factor(1)
             : factor(k % block_inputs / (block_inputs / 2)) * static_cast<float>(q - 32);
}

/// The same of a panel of blocks, as packed_matrix says that they lie.
float block_element(const packed_matrix& from, const std::byte* panel, std::size_t n,
                    std::size_t k) {
  if (is_k_block(from.type)) {
    return k_block_element(from, panel, n, k);
  }
  const auto at = k / block_inputs * panel_width + n;
  const auto* scales = panel + scales_at(from.type, from.inputs);
  const auto q = block_integer(from.type, panel, n, k);
  if (from.type == dtype::mxfp4) {
    return half_of_e8m0(std::to_integer<std::uint8_t>(scales[at]))
           * static_cast<float>(fp4_doubled[static_cast<std::size_t>(q)]);
  }
  if (from.type == dtype::int8) {
    return load<float>(scales, at) * static_cast<float>(q - 128);
  }
  const auto zero =
      from.type == dtype::int4
          ? std::to_integer<std::int32_t>(panel[k_scales_at(from.type, from.inputs) + at])
      : from.type == dtype::q8_0 ? 128
                                 : 8;
  return f16_to_f32(load<std::uint16_t>(scales, at)) * static_cast<float>(q - zero);
}

float fp8_element(const packed_matrix& from, const std::byte* panel, std::size_t n, std::size_t k) {
  const auto code = std::to_integer<std::uint8_t>(panel[(k / 2 * panel_width + n) * 2 + k % 2]);
  const auto scale = load<float>(panel + static_cast<std::size_t>(from.inputs) * panel_width,
                                 k / fp8_group_inputs * panel_width + n);
  return e4m3_to_f32(code) * scale;
}

} // namespace

void unpack_panel(const packed_matrix& from, std::int32_t panel, std::span<float> rows) {
  TROUPE_CHECK(panel >= 0 && panel < from.panels());
  const auto inputs = static_cast<std::size_t>(from.inputs);
  const auto count = std::min(panel_width, from.outputs - panel * panel_width);
  TROUPE_CHECK(rows.size() == static_cast<std::size_t>(count) * inputs);
  const auto* data = static_cast<const std::byte*>(from.data)
                     + static_cast<std::size_t>(panel) * panel_bytes(from.type, from.inputs);
  for (std::size_t n = 0; n < static_cast<std::size_t>(count); ++n) {
    for (std::size_t k = 0; k < inputs; ++k) {
      rows[n * inputs + k] = from.type == dtype::fp8 ? fp8_element(from, data, n, k)
                             : is_blocked(from.type)
                                 ? block_element(from, data, n, k)
                                 : element(from.type, data, place_of(from.type, n, k));
    }
  }
}

namespace {

template <class Bits, Bits Ones>
bool is_below(const std::byte* data, std::size_t size_bytes) {
  Bits worst = 0;
  for (std::size_t i = 0; i < size_bytes / sizeof(Bits); ++i) {
    worst = std::max<Bits>(worst, load<Bits>(data, i) & Ones);
  }
  return worst < Ones;
}

} // namespace

bool all_finite(dtype type, const std::byte* data, std::size_t size_bytes) {
  constexpr std::uint16_t half_ones = 0x7c00;
  switch (type) {
    case dtype::f32:
      return is_below<std::uint32_t, 0x7f800000U>(data, size_bytes);
    case dtype::bf16:
      return is_below<std::uint16_t, 0x7f80>(data, size_bytes);
    case dtype::f16:
      return is_below<std::uint16_t, half_ones>(data, size_bytes);
    default:
      break;
  }
  std::uint16_t worst = 0;
  const auto look = [&](std::size_t at) {
    worst = std::max<std::uint16_t>(worst, load<std::uint16_t>(data + at, 0) & half_ones);
  };
  for (std::size_t at = 0; at < size_bytes; at += bytes_of_block(type)) {
    look(at + (type == dtype::q6_k ? bytes_of_block(type) - sizeof worst : 0));
    if (type == dtype::q4_k) {
      look(at + sizeof worst);
    }
  }
  return worst < half_ones;
}

} // namespace troupe::engine::ops
