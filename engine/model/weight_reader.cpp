// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/weight_reader.hpp"

#include "engine/model/model_error.hpp"
#include "engine/model/quantized_rows.hpp"
#include "runtime/base/hash.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

namespace troupe::engine {
namespace {

constexpr std::string_view match_config = "use weights and a config.json that belong together";

std::optional<ops::dtype> dtype_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, ops::dtype>, 11> all{{
      {"F32", ops::dtype::f32},
      {"BF16", ops::dtype::bf16},
      {"F16", ops::dtype::f16},
      {"Q8_0", ops::dtype::q8_0},
      {"Q4_0", ops::dtype::q4_0},
      {"Q4_K", ops::dtype::q4_k},
      {"Q6_K", ops::dtype::q6_k},
      {"INT4", ops::dtype::int4},
      {"MXFP4", ops::dtype::mxfp4},
      {"INT8", ops::dtype::int8},
      {"FP8", ops::dtype::fp8},
  }};
  const auto found = std::ranges::find(all, name, &std::pair<std::string_view, ops::dtype>::first);
  return found == all.end() ? std::nullopt : std::optional{found->second};
}

std::string text_of(const std::vector<std::uint64_t>& shape) {
  std::string text = "[";
  for (const auto count : shape) {
    text += (text.size() > 1 ? ", " : "") + std::to_string(count);
  }
  return text + "]";
}

/// Long ones, of many slices, end in a hash of the whole.
std::string name_of(std::span<const weight_source> parts) {
  constexpr std::size_t plain_bytes_max = 512;
  std::string text;
  for (const auto& part : parts) {
    text += (text.empty() ? "" : "+") + part.name;
  }
  return text.size() <= plain_bytes_max
             ? text
             : text.substr(0, plain_bytes_max) + "#" + std::to_string(hash64(as_bytes_view(text)));
}

std::uint64_t bytes_of(const tensor_view& tensor) {
  return tensor.quantized == nullptr
             ? tensor.data.size()
             : tensor.quantized->codes.size() + tensor.quantized->scales.size();
}

} // namespace

std::vector<float> weight_reader::vector(const std::string& name, const tensor_shape& shape) {
  if (packed_.from != nullptr) {
    std::uint64_t count = 1;
    for (const auto size : shape) {
      count *= size;
    }
    const auto kept = take(packed_kind::floats, name, 1, static_cast<std::int32_t>(count));
    if (!kept) {
      return {};
    }
    std::vector<float> out(static_cast<std::size_t>(count));
    std::memcpy(out.data(), kept->memory.data(), kept->memory.size());
    return out;
  }
  const auto from = find_shape(name, shape);
  if (from.all.data == nullptr) {
    return {};
  }
  std::size_t count = 1;
  for (const auto size : shape) {
    count *= static_cast<std::size_t>(size);
  }
  std::vector<float> out(count);
  widen_row(from.all.type, from.all.data, out);
  if (packed_.notes != nullptr) {
    packed_.notes->add_floats(name, out);
  }
  return out;
}

norm_weights weight_reader::norm(const std::string& name, std::int32_t count,
                                 const model_spec& spec) {
  norm_weights all;
  all.weight = vector(name + ".weight", count);
  for (auto& value : all.weight) {
    value += spec.has_norms_plus_one ? 1.0F : 0.0F;
  }
  if (spec.has_layer_norms) {
    all.bias = vector(name + ".bias", count);
  }
  return all;
}

weight_source weight_reader::fail(error why) {
  if (!failure_) {
    failure_ = std::move(why);
  }
  return {};
}

weight_source weight_reader::find(const std::string& name, const tensor_shape& shape) {
  auto found = find_shape(name, shape);
  if (const auto* codes = found.all.codes) {
    return fail(model_error(*files_.find(name).file, name,
                            "is quantized as " + std::string{name_of(codes->codes_are)}
                                + ", which is read only of matrices that are multiplied with",
                            "use a checkpoint that has it in bf16, f16 or f32"));
  }
  return found;
}

weight_source weight_reader::find_widened(const std::string& name, std::int32_t rows,
                                          std::int32_t cols) {
  auto found = find_for_packing(name, rows, cols);
  const auto* codes = found.all.codes;
  if (codes == nullptr) {
    return found;
  }
  const auto width = static_cast<std::size_t>(cols);
  const auto memory = std::make_shared<std::vector<float>>(static_cast<std::size_t>(rows) * width);
  workers_.run(static_cast<std::uint32_t>(rows), [&](std::uint32_t row, std::uint32_t) {
    dequantize(*codes, row, 1, std::span{*memory}.subspan(row * width, width));
  });
  return {
      {reinterpret_cast<const std::byte*>(memory->data()), ops::dtype::f32, rows}, memory, name};
}

weight_source weight_reader::find_codes(const std::string& name, const checkpoint::place& at) {
  const auto& codes = *at.tensor->quantized;
  if (const auto bad = find_bad_number(codes, workers_)) {
    return fail(model_error(*at.file, name, *bad, fetch_again));
  }
  const auto rows = static_cast<std::int32_t>(codes.rows);
  return {{nullptr, *dtype_of(at.tensor->type), rows, &codes}, at.tensor, name};
}

weight_source weight_reader::find_shape(const std::string& name, const tensor_shape& shape) {
  if (packed_.from != nullptr) {
    return {{nullptr, ops::dtype::f32, static_cast<std::int32_t>(shape.front())}, nullptr, name};
  }
  const auto at = files_.find(name);
  const auto& [tensor, file] = at;
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
  if (packed_.on_bytes) {
    packed_.on_bytes(bytes_of(*tensor));
  }
  if (tensor->quantized != nullptr) {
    return find_codes(name, at);
  }
  if (!all_finite(*tensor, *type)) {
    return fail(model_error(*file, name, "it holds an infinity or a NaN", fetch_again));
  }
  return {{tensor->data.data(), *type, static_cast<std::int32_t>(shape.front())}, tensor, name};
}

bool weight_reader::all_finite(const tensor_view& tensor, ops::dtype type) {
  constexpr std::size_t piece_blocks = 1U << 13U;
  const auto piece = ops::row_bytes(type, piece_blocks * ops::block_inputs);
  const auto size_bytes = tensor.data.size();
  std::atomic<bool> fine{true};
  workers_.run(static_cast<std::uint32_t>((size_bytes + piece - 1) / piece), [&](std::uint32_t i,
                                                                                 std::uint32_t) {
    const auto from = i * piece;
    if (!ops::all_finite(type, tensor.data.data() + from, std::min(piece, size_bytes - from))) {
      fine = false;
    }
  });
  return fine;
}

ops::dtype weight_reader::target_of(std::span<const matrix_rows> parts, std::int32_t inputs) const {
  const bool takes_blocks = inputs % ops::block_inputs == 0;
  if (takes_blocks && type_ == weight_type::q8_0) {
    return ops::dtype::q8_0;
  }
  if (takes_blocks && type_ == weight_type::q4_0) {
    return ops::dtype::q4_0;
  }
  const bool is_mixed = std::ranges::any_of(
      parts, [&](const matrix_rows& part) { return part.type != parts.front().type; });
  return type_ == weight_type::f32 || is_mixed ? ops::dtype::f32 : parts.front().type;
}

owned_matrix weight_reader::matrix(std::span<const std::string> names,
                                   std::span<const std::int32_t> rows, std::int32_t inputs) {
  std::vector<weight_source> parts;
  for (std::size_t i = 0; i < names.size(); ++i) {
    parts.push_back(find_for_packing(names[i], rows[i], inputs));
  }
  return pack(parts, inputs);
}

split_matrix weight_reader::matrix_and_last(std::span<const std::string> names,
                                            std::span<const std::int32_t> rows,
                                            std::int32_t inputs) {
  std::vector<weight_source> parts;
  for (std::size_t i = 0; i < names.size(); ++i) {
    parts.push_back(find_for_packing(names[i], rows[i], inputs));
  }
  const auto others = std::span<const weight_source>{parts}.first(parts.size() - 1);
  const auto last = std::span<const weight_source>{parts}.last(1);
  return is_apart(others, last.front()) ? split_matrix{pack(others, inputs), pack(last, inputs)}
                                        : split_matrix{pack(parts, inputs), {}};
}

bool weight_reader::is_apart(std::span<const weight_source> others,
                             const weight_source& last) const {
  if (packed_.from != nullptr) {
    return packed_.from->contains(packed_kind::matrix, last.name);
  }
  const auto type = others.front().all.type;
  const bool is_one_type =
      std::ranges::all_of(others, [&](const weight_source& part) { return part.all.type == type; });
  return type_ == weight_type::keep && is_one_type && type != last.all.type
         && (ops::is_blocked(type) || ops::is_blocked(last.all.type));
}

owned_matrix weight_reader::exact_matrix(const std::string& name, std::int32_t rows,
                                         std::int32_t inputs) {
  const auto from = find(name, rows, inputs);
  if (failure_) {
    return {};
  }
  if (packed_.from != nullptr) {
    return take(name, {&from, 1}, inputs);
  }
  const bool is_exact = type_ != weight_type::f32 && from.all.type == ops::dtype::f16;
  return pack_as(name, {&from.all, 1}, inputs, is_exact ? ops::dtype::f16 : ops::dtype::f32);
}

owned_matrix weight_reader::pack(std::span<const weight_source> parts, std::int32_t inputs) {
  if (failure_) {
    return {};
  }
  const auto name = name_of(parts);
  if (packed_.from != nullptr) {
    return take(name, parts, inputs);
  }
  std::vector<matrix_rows> rows;
  for (const auto& part : parts) {
    rows.push_back(part.all);
  }
  return pack_as(name, rows, inputs, target_of(rows, inputs));
}

owned_matrix weight_reader::pack_as(const std::string& name, std::span<const matrix_rows> parts,
                                    std::int32_t inputs, ops::dtype target) {
  auto packed = pack_rows(parts, inputs, target, workers_);
  if (packed_.notes != nullptr) {
    packed_.notes->add(packed_kind::matrix, name, target, packed.view.outputs, inputs,
                       {packed.memory.data(), packed.memory.size()});
  }
  return packed;
}

owned_matrix weight_reader::take(const std::string& name, std::span<const weight_source> parts,
                                 std::int32_t inputs) {
  std::int32_t outputs = 0;
  for (const auto& part : parts) {
    outputs += part.all.rows;
  }
  auto kept = take(packed_kind::matrix, name, outputs, inputs);
  if (!kept) {
    return {};
  }
  return {{kept->entry.type, outputs, inputs, kept->memory.data()}, std::move(kept->memory)};
}

std::optional<packed_copy::found> weight_reader::take(packed_kind kind, const std::string& name,
                                                      std::int32_t outputs, std::int32_t inputs) {
  auto kept = packed_.from->find(kind, name, outputs, inputs);
  if (!kept) {
    fail(kept.err());
    return std::nullopt;
  }
  return *std::move(kept);
}

row_table weight_reader::rows(const std::string& name, std::int32_t rows, std::int32_t cols) {
  if (packed_.from != nullptr) {
    auto kept = take(packed_kind::rows, name, rows, cols);
    return kept ? row_table{kept->entry.type, std::move(kept->memory)} : row_table{};
  }
  const auto from = find(name, rows, cols);
  if (failure_) {
    return {};
  }
  const auto width = static_cast<std::size_t>(cols);
  const bool widens = type_ == weight_type::f32 && ops::is_blocked(from.all.type);
  const auto type = widens ? ops::dtype::f32 : from.all.type;
  const auto source_bytes = ops::row_bytes(from.all.type, width);
  const auto row_bytes = ops::row_bytes(type, width);
  row_table out{type, weight_buffer{static_cast<std::size_t>(rows) * row_bytes}};
  workers_.run(static_cast<std::uint32_t>(rows), [&](std::uint32_t row, std::uint32_t) {
    const auto* source = from.all.data + row * source_bytes;
    auto* to = out.memory.data() + row * row_bytes;
    if (widens) {
      widen_row(from.all.type, source, {reinterpret_cast<float*>(to), width});
    } else {
      std::memcpy(to, source, row_bytes);
    }
  });
  if (packed_.notes != nullptr) {
    packed_.notes->add(packed_kind::rows, name, type, rows, cols,
                       {out.memory.data(), out.memory.size()});
  }
  return out;
}

weight_source weight_reader::slice(const weight_source& from, std::int32_t first, std::int32_t rows,
                                   std::int32_t inputs) const {
  if (failure_) {
    return {};
  }
  auto name = from.name + "[" + std::to_string(first) + ":" + std::to_string(rows) + "]";
  if (packed_.from != nullptr) {
    return {{nullptr, from.all.type, rows}, nullptr, std::move(name)};
  }
  const auto row_bytes = ops::row_bytes(from.all.type, static_cast<std::size_t>(inputs));
  const auto* data = from.all.data + static_cast<std::size_t>(first) * row_bytes;
  return {{data, from.all.type, rows}, from.owner, std::move(name)};
}

weight_source weight_reader::turned(const weight_source& from, std::size_t at, std::int32_t inputs,
                                    std::int32_t columns,
                                    const std::function<std::int32_t(std::int32_t)>& column_of) {
  if (failure_) {
    return {};
  }
  auto name = from.name + "^" + std::to_string(at);
  if (packed_.from != nullptr) {
    return {{nullptr, from.all.type, columns}, nullptr, std::move(name)};
  }
  if (ops::is_blocked(from.all.type)) {
    return fail(model_error(files_.main_file(), "", "stacked matrices of blocks are not supported",
                            "use a checkpoint in bf16, f16 or f32"));
  }
  const auto width = ops::row_bytes(from.all.type, 1);
  const auto row_bytes = static_cast<std::size_t>(inputs) * width;
  const auto memory =
      std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(columns) * row_bytes);
  const auto turn = [&](std::uint32_t n, std::uint32_t) {
    const auto column = static_cast<std::size_t>(column_of(static_cast<std::int32_t>(n)));
    for (std::size_t k = 0; k < static_cast<std::size_t>(inputs); ++k) {
      const auto element = at + k * static_cast<std::size_t>(columns) + column;
      std::memcpy(memory->data() + n * row_bytes + k * width, from.all.data + element * width,
                  width);
    }
  };
  workers_.run(static_cast<std::uint32_t>(columns), turn);
  return {{memory->data(), from.all.type, columns}, memory, std::move(name)};
}

weight_source weight_reader::find_stacked(const std::string& name, std::int32_t experts,
                                          std::int32_t inputs, std::int32_t outputs,
                                          bool takes_codes) {
  const auto at = packed_.from == nullptr ? files_.find(name) : checkpoint::place{};
  const auto* codes = at.tensor == nullptr ? nullptr : at.tensor->quantized;
  if (codes != nullptr && !takes_codes) {
    return fail(model_error(*at.file, name,
                            "stacked experts in " + std::string{name_of(codes->codes_are)}
                                + " are read of GptOssForCausalLM only",
                            "use a checkpoint that has them in bf16, f16 or f32"));
  }
  const auto count = static_cast<std::uint64_t>(experts);
  const auto rows = static_cast<std::uint64_t>(codes != nullptr ? outputs : inputs);
  const auto cols = static_cast<std::uint64_t>(codes != nullptr ? inputs : outputs);
  return find_shape(name, {count, rows, cols});
}

weight_source weight_reader::of_expert(const weight_source& from, std::int32_t expert,
                                       std::int32_t inputs, std::int32_t outputs,
                                       const std::function<std::int32_t(std::int32_t)>& output_of) {
  const auto at = static_cast<std::size_t>(expert) * static_cast<std::size_t>(inputs)
                  * static_cast<std::size_t>(outputs);
  if (failure_ || from.all.codes == nullptr) {
    return turned(from, at, inputs, outputs, output_of);
  }
  const auto first = static_cast<std::uint64_t>(expert) * static_cast<std::uint64_t>(outputs);
  const auto rows = std::make_shared<const quantized_rows>(
      *from.all.codes, static_cast<std::uint64_t>(outputs), [&](std::uint64_t n) {
        return first + static_cast<std::uint64_t>(output_of(static_cast<std::int32_t>(n)));
      });
  return {{nullptr, from.all.type, outputs, &rows->matrix()},
          rows,
          from.name + "^" + std::to_string(at)};
}

void weight_reader::refuse_separate(const std::string& name) {
  const auto at = packed_.from == nullptr ? files_.find(name) : checkpoint::place{};
  if (at.tensor != nullptr) {
    fail(model_error(*at.file, name,
                     "experts of this architecture are read stacked in one tensor, not one by one",
                     "use a checkpoint that has them stacked, in bf16, f16 or f32"));
  }
}

} // namespace troupe::engine
