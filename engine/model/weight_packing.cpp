// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/weight_packing.hpp"

#include "engine/model/gguf_blocks.hpp"
#include "engine/model/quantized_bench.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace troupe::engine {
namespace {

gguf_type blocks_of(ops::dtype type) {
  switch (type) {
    case ops::dtype::q4_0:
      return gguf_type::q4_0;
    case ops::dtype::q4_k:
      return gguf_type::q4_k;
    case ops::dtype::q6_k:
      return gguf_type::q6_k;
    default:
      return gguf_type::q8_0;
  }
}

struct found_row {
  const std::byte* data;
  ops::dtype type;
};

/// Rows [first, first + rows.size()) of the parts put one after the other; those in codes are
/// prepared on the bench, as `target` where that is what they are kept as.
void find_rows(std::span<const matrix_rows> parts, std::int32_t first, std::size_t inputs,
               ops::dtype target, quantized_bench& codes, std::span<found_row> rows) {
  std::size_t done = 0;
  for (const auto& part : parts) {
    if (first < part.rows && done < rows.size()) {
      const auto here = std::min(rows.size() - done, static_cast<std::size_t>(part.rows - first));
      std::array<const std::byte*, ops::panel_width> at{};
      const auto type = part.codes != nullptr && part.type != target ? ops::dtype::f32 : part.type;
      if (part.codes != nullptr) {
        codes.prepare(*part.codes, static_cast<std::uint64_t>(first), type, done, rows.size(),
                      std::span{at}.first(here));
      }
      const auto bytes = ops::row_bytes(part.type, inputs);
      for (std::size_t i = 0; i < here; ++i) {
        rows[done + i] = {part.codes != nullptr
                              ? at[i]
                              : part.data + (static_cast<std::size_t>(first) + i) * bytes,
                          type};
      }
      done += here;
    }
    first = std::max(0, first - part.rows);
  }
}

/// What one thread needs to bring 16 rows from one type to another.
struct bench {
  quantized_bench codes;
  std::vector<float> numbers;
  std::vector<std::byte> rows;

  /// The row as `target` has it.
  const std::byte* converted(found_row from, std::size_t n, std::size_t inputs, ops::dtype target) {
    if (from.type == target) {
      return from.data;
    }
    const auto bytes = ops::row_bytes(target, inputs);
    rows.resize(ops::panel_width * bytes);
    auto* out = rows.data() + n * bytes;
    if (target == ops::dtype::f32) {
      widen_row(from.type, from.data, {reinterpret_cast<float*>(out), inputs});
      return out;
    }
    numbers.resize(inputs);
    widen_row(from.type, from.data, numbers);
    quantize(blocks_of(target), numbers, {out, bytes});
    return out;
  }
};

} // namespace

void widen_row(ops::dtype type, const std::byte* row, std::span<float> out) {
  if (ops::is_blocked(type)) {
    dequantize(blocks_of(type), {row, ops::row_bytes(type, out.size())}, out);
    return;
  }
  if (type == ops::dtype::f32) {
    std::memcpy(out.data(), row, out.size_bytes());
    return;
  }
  for (std::size_t k = 0; k < out.size(); ++k) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, row + k * sizeof bits, sizeof bits);
    out[k] = type == ops::dtype::bf16 ? ops::bf16_to_f32(bits) : ops::f16_to_f32(bits);
  }
}

owned_matrix pack_rows(std::span<const matrix_rows> parts, std::int32_t inputs, ops::dtype target,
                       cpu::parallel& workers) {
  std::int32_t outputs = 0;
  for (const auto& part : parts) {
    outputs += part.rows;
  }
  owned_matrix out;
  out.memory = weight_buffer{ops::packed_bytes(target, outputs, inputs)};
  out.view = {.type = target, .outputs = outputs, .inputs = inputs, .data = out.memory.data()};
  std::vector<bench> benches(workers.threads());
  const auto count = static_cast<std::size_t>(inputs);
  const auto pack = [&](std::uint32_t panel, std::uint32_t worker) {
    std::array<const std::byte*, ops::panel_width> rows{};
    const auto first = static_cast<std::int32_t>(panel) * ops::panel_width;
    const auto here = static_cast<std::size_t>(std::min(ops::panel_width, outputs - first));
    std::array<found_row, ops::panel_width> found{};
    find_rows(parts, first, count, target, benches[worker].codes, std::span{found}.first(here));
    for (std::size_t n = 0; n < here; ++n) {
      rows[n] = benches[worker].converted(found[n], n, count, target);
    }
    ops::pack_panel({rows.data(), here}, target, inputs, target,
                    out.memory.data() + panel * ops::panel_bytes(target, inputs));
  };
  workers.run(static_cast<std::uint32_t>(out.view.panels()), pack);
  return out;
}

} // namespace troupe::engine
