// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/weight_reader.hpp"

#include "engine/model/model_error.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

namespace troupe::engine {
namespace {

constexpr std::string_view match_config = "use weights and a config.json that belong together";

std::optional<ops::dtype> dtype_of(std::string_view name) {
  if (name == "F32") {
    return ops::dtype::f32;
  }
  if (name == "BF16") {
    return ops::dtype::bf16;
  }
  return name == "F16" ? std::optional{ops::dtype::f16} : std::nullopt;
}

std::string text_of(const std::vector<std::uint64_t>& shape) {
  std::string text = "[";
  for (const auto count : shape) {
    text += (text.size() > 1 ? ", " : "") + std::to_string(count);
  }
  return text + "]";
}

/// An exponent of all ones is an infinity or a NaN.
bool is_finite(const std::byte* data, std::size_t count, ops::dtype type) {
  if (type == ops::dtype::f32) {
    std::uint32_t worst = 0;
    for (std::size_t i = 0; i < count; ++i) {
      std::uint32_t bits = 0;
      std::memcpy(&bits, data + i * 4, 4);
      worst = std::max(worst, bits & 0x7f800000U);
    }
    return worst != 0x7f800000U;
  }
  const std::uint16_t ones = type == ops::dtype::bf16 ? 0x7f80U : 0x7c00U;
  std::uint16_t worst = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, data + i * 2, 2);
    worst = std::max(worst, static_cast<std::uint16_t>(bits & ones));
  }
  return worst != ones;
}

/// Row `n` of the parts put one after the other.
const std::byte* row_of(std::span<const weight_source> parts, std::int32_t n,
                        std::size_t row_bytes) {
  for (const auto& part : parts) {
    if (n < part.rows) {
      return part.data + static_cast<std::size_t>(n) * row_bytes;
    }
    n -= part.rows;
  }
  return nullptr;
}

} // namespace

std::vector<float> weight_reader::vector(const std::string& name, std::int32_t count) {
  const auto from = find_shape(name, {static_cast<std::uint64_t>(count)});
  std::vector<float> out(static_cast<std::size_t>(count));
  if (from.data != nullptr) {
    // A vector is a matrix of one input: its panels are its elements in order.
    const auto width = ops::element_bytes(from.type);
    for (std::size_t i = 0; i < out.size(); ++i) {
      std::array<float, ops::panel_width> panel{};
      const std::byte* row = from.data + i * width;
      ops::pack_panel({&row, 1}, from.type, 1, ops::dtype::f32, panel.data());
      out[i] = panel[0];
    }
  }
  return out;
}

std::vector<float> weight_reader::norm(const std::string& name, std::int32_t count,
                                       const model_spec& spec) {
  auto weight = vector(name, count);
  for (auto& value : weight) {
    value += spec.has_norms_plus_one ? 1.0F : 0.0F;
  }
  return weight;
}

weight_source weight_reader::fail(error why) {
  if (!failure_) {
    failure_ = std::move(why);
  }
  return {};
}

weight_source weight_reader::find_shape(const std::string& name,
                                        const std::vector<std::uint64_t>& shape) {
  const auto [tensor, file] = files_.find(name);
  if (tensor == nullptr) {
    return fail(model_error(files_.main_file(), name, "this tensor is missing", match_config));
  }
  const auto type = dtype_of(tensor->type);
  if (!type) {
    return fail(model_error(*file, name, "its dtype " + tensor->type + " is not supported",
                            "use a checkpoint in bf16, f16 or f32"));
  }
  if (tensor->shape != shape) {
    return fail(model_error(*file, name,
                            "its shape is " + text_of(tensor->shape) + ", but the config asks for "
                                + text_of(shape),
                            match_config));
  }
  const auto count = tensor->data.size() / ops::element_bytes(*type);
  if (!all_finite(tensor->data.data(), count, *type)) {
    return fail(model_error(*file, name, "it holds an infinity or a NaN", fetch_again));
  }
  return {tensor->data.data(), *type, static_cast<std::int32_t>(shape.front()), tensor};
}

bool weight_reader::all_finite(const std::byte* data, std::size_t count, ops::dtype type) {
  constexpr std::size_t piece = 1U << 18U;
  std::atomic<bool> fine{true};
  workers_.run(static_cast<std::uint32_t>((count + piece - 1) / piece), [&](std::uint32_t i,
                                                                            std::uint32_t) {
    const auto from = i * piece;
    if (!is_finite(data + from * ops::element_bytes(type), std::min(piece, count - from), type)) {
      fine = false;
    }
  });
  return fine;
}

owned_matrix weight_reader::matrix(std::span<const std::string> names,
                                   std::span<const std::int32_t> rows, std::int32_t inputs) {
  std::vector<weight_source> parts;
  std::int32_t outputs = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    parts.push_back(find(names[i], rows[i], inputs));
    outputs += rows[i];
    if (!failure_ && parts[i].type != parts[0].type) {
      fail(model_error(*files_.find(names[i]).file, names[i],
                       "its dtype differs from that of " + names[0],
                       "use a checkpoint of one dtype"));
    }
  }
  if (failure_) {
    return {};
  }
  const auto from = parts[0].type;
  const auto target = type_ == weight_type::f32 ? ops::dtype::f32 : from;
  owned_matrix out;
  out.memory = weight_buffer{ops::packed_bytes(target, outputs, inputs)};
  out.view = {.type = target, .outputs = outputs, .inputs = inputs, .data = out.memory.data()};
  const auto row_bytes = static_cast<std::size_t>(inputs) * ops::element_bytes(from);
  const auto panel_bytes = ops::packed_bytes(target, ops::panel_width, inputs);
  const auto pack = [&](std::uint32_t panel, std::uint32_t) {
    std::array<const std::byte*, ops::panel_width> panel_rows{};
    const auto first = static_cast<std::int32_t>(panel) * ops::panel_width;
    const auto count = std::min(ops::panel_width, outputs - first);
    for (std::int32_t n = 0; n < count; ++n) {
      panel_rows[static_cast<std::size_t>(n)] = row_of(parts, first + n, row_bytes);
    }
    ops::pack_panel({panel_rows.data(), static_cast<std::size_t>(count)}, from, inputs, target,
                    out.memory.data() + panel * panel_bytes);
  };
  workers_.run(static_cast<std::uint32_t>(out.view.panels()), pack);
  return out;
}

} // namespace troupe::engine
