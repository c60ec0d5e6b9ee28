// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/quantized_parts.hpp"

#include "engine/model/model_error.hpp"
#include "engine/model/quantized_codes.hpp"

#include <algorithm>
#include <array>

namespace troupe::engine {
namespace {

using shape = std::vector<std::uint64_t>;

std::string text_of(const shape& sizes) {
  std::string text = "[";
  for (const auto size : sizes) {
    text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  }
  return text + "]";
}

error wrong(const stored_tensor& of, const std::string& name, const std::string& what) {
  return model_error(*of.file, name, what, fetch_again);
}

error wrong_shape(const stored_tensor& of, const std::string& name, const shape& expected) {
  return wrong(of, name,
               "its shape is " + text_of(of.tensor->shape) + ", but its codes need "
                   + text_of(expected));
}

bool is_matrix(const stored_tensor& of) {
  return of.tensor->shape.size() == 2 && !of.tensor->data.empty();
}

scale_format scales_of(std::string_view type) {
  return type == "F32"    ? scale_format::f32
         : type == "BF16" ? scale_format::bf16
         : type == "F16"  ? scale_format::f16
                          : scale_format::e8m0;
}

constexpr std::uint64_t up(std::uint64_t count, std::uint64_t step) {
  return count / step + (count % step != 0 ? 1 : 0);
}

} // namespace

quantized_parts::quantized_parts(const quantization& how, std::span<const safetensors_file> files)
    : how_(how) {
  for (const auto& file : files) {
    for (const auto& [name, tensor] : file.tensors()) {
      all_.emplace(name, stored_tensor{&tensor, &file.path()});
    }
  }
}

bool quantized_parts::has_zeros(const std::string& name) const {
  const auto found = all_.find(name);
  return found != all_.end() && std::ranges::all_of(found->second.tensor->data, [](std::byte at) {
           return at == std::byte{0};
         });
}

result<stored_tensor> quantized_parts::need(const std::string& name, const std::string& user,
                                            std::initializer_list<std::string_view> types) const {
  const auto found = all_.find(name);
  if (found == all_.end()) {
    return model_error(*all_.at(user).file, name, "is missing, but " + user + " needs it",
                       fetch_again);
  }
  if (std::ranges::find(types, found->second.tensor->type) == types.end()) {
    return wrong(found->second, name,
                 "its dtype is " + found->second.tensor->type + ", but " + user + " needs "
                     + std::string{*types.begin()});
  }
  return found->second;
}

result<void> quantized_parts::set_scales(quantized_matrix& to, const std::string& name,
                                         const std::string& user,
                                         std::span<const shape> shapes) const {
  const auto found = to.codes_are == code_format::mxfp4 ? need(name, user, {"U8", "F8_E8M0"})
                                                        : need(name, user, {"F32", "BF16", "F16"});
  if (!found) {
    return found.err();
  }
  if (std::ranges::find(shapes, found->tensor->shape) == shapes.end()) {
    return wrong_shape(*found, name, shapes.front());
  }
  to.scales = found->tensor->data;
  to.scales_are = scales_of(found->tensor->type);
  return {};
}

result<void> quantized_parts::set_grain(quantized_matrix& to, const std::string& scales,
                                        const std::string& user) const {
  std::vector<shape> shapes;
  const bool is_block = how_.grain == scale_grain::block;
  if (is_block || how_.grain == scale_grain::group) {
    to.group_rows = how_.block_rows;
    to.group_cols = how_.block_cols == 0 ? to.cols : how_.block_cols;
    if (!is_block && to.cols % to.group_cols != 0) {
      return wrong(all_.at(user), user,
                   "groups of " + std::to_string(to.group_cols) + " do not divide its rows of "
                       + std::to_string(to.cols));
    }
    shapes = {{up(to.rows, to.group_rows), to.column_groups()}};
    return set_scales(to, scales, user, shapes);
  }
  to.group_cols = to.cols;
  if (how_.grain != scale_grain::matrix) {
    shapes.insert(shapes.end(), {{to.rows, 1}, {to.rows}});
  }
  if (how_.grain != scale_grain::row) {
    shapes.insert(shapes.end(), {{1}, {}, {1, 1}});
  }
  auto set = set_scales(to, scales, user, shapes);
  const bool is_one = to.scales.size() == bytes_of(to.scales_are);
  to.group_rows = is_one ? to.rows : 1;
  return set;
}

result<quantized_matrix> quantized_parts::read_bytes(const std::string& module) const {
  const auto name = module + ".weight";
  const auto& codes = all_.at(name);
  if (!is_matrix(codes)) {
    return wrong(codes, name, "its shape " + text_of(codes.tensor->shape) + " is no matrix");
  }
  quantized_matrix to{.codes_are = how_.codes,
                      .rows = codes.tensor->shape[0],
                      .cols = codes.tensor->shape[1],
                      .codes = codes.tensor->data};
  const auto inverse = module + ".weight_scale_inv";
  const bool has_inverse =
      !how_.is_compressed_tensors && (all_.contains(inverse) || how_.grain == scale_grain::block);
  if (auto set = set_grain(to, has_inverse ? inverse : module + ".weight_scale", name); !set) {
    return set.err();
  }
  return to;
}

result<quantized_matrix> quantized_parts::read_mxfp4(const std::string& name,
                                                     const std::string& scales) const {
  constexpr std::uint64_t block = 32;
  const auto& codes = all_.at(name);
  const auto& sizes = codes.tensor->shape;
  const bool is_stacked = sizes.size() == 4;
  if (codes.tensor->type != "U8" || codes.tensor->data.empty()
      || (is_stacked ? sizes[3] != block / 2 : sizes.size() != 2 || sizes[1] % (block / 2) != 0)) {
    return wrong(codes, name,
                 "its " + codes.tensor->type + " of shape " + text_of(sizes)
                     + " are no blocks of 32 numbers in 16 bytes");
  }
  quantized_matrix to{.codes_are = code_format::mxfp4,
                      .rows = is_stacked ? sizes[0] * sizes[1] : sizes[0],
                      .cols = is_stacked ? sizes[2] * block : sizes[1] * 2,
                      .group_cols = block,
                      .codes = codes.tensor->data};
  const std::array<shape, 1> expected{is_stacked ? shape{sizes[0], sizes[1], sizes[2]}
                                                 : shape{sizes[0], sizes[1] * 2 / block}};
  if (auto set = set_scales(to, scales, name, expected); !set) {
    return set.err();
  }
  return to;
}

result<void> quantized_parts::set_groups(quantized_matrix& to, const std::string& module) const {
  const auto user = module + ".qweight";
  to.group_cols = how_.block_cols == 0 ? to.cols : how_.block_cols;
  if (to.rows % 8 != 0 || to.cols % to.group_cols != 0) {
    return wrong(all_.at(user), user,
                 "groups of " + std::to_string(to.group_cols) + " and words of 8 do not divide ["
                     + std::to_string(to.rows) + ", " + std::to_string(to.cols) + "]");
  }
  const auto groups = to.column_groups();
  const std::array<shape, 1> expected{shape{groups, to.rows}};
  if (auto set = set_scales(to, module + ".scales", user, expected); !set) {
    return set.err();
  }
  const auto name = module + ".qzeros";
  const auto zeros = need(name, user, {"I32"});
  if (!zeros) {
    return zeros.err();
  }
  if (const shape words{groups, to.rows / 8}; zeros->tensor->shape != words) {
    return wrong_shape(*zeros, name, words);
  }
  to.zeros = zeros->tensor->data;
  return {};
}

result<quantized_matrix> quantized_parts::read_awq(const std::string& module) const {
  const auto name = module + ".qweight";
  const auto codes = need(name, name, {"I32"});
  if (!codes) {
    return codes.err();
  }
  if (!is_matrix(*codes)) {
    return wrong(*codes, name, "its shape " + text_of(codes->tensor->shape) + " is no matrix");
  }
  quantized_matrix to{.codes_are = code_format::awq_int4,
                      .rows = codes->tensor->shape[1] * 8,
                      .cols = codes->tensor->shape[0],
                      .codes = codes->tensor->data};
  if (auto set = set_groups(to, module); !set) {
    return set.err();
  }
  return to;
}

result<quantized_matrix> quantized_parts::read_gptq(const std::string& module) const {
  const auto name = module + ".qweight";
  const auto codes = need(name, name, {"I32"});
  if (!codes) {
    return codes.err();
  }
  if (!is_matrix(*codes)) {
    return wrong(*codes, name, "its shape " + text_of(codes->tensor->shape) + " is no matrix");
  }
  quantized_matrix to{.codes_are = code_format::gptq_int4,
                      .rows = codes->tensor->shape[1],
                      .cols = codes->tensor->shape[0] * 8,
                      .zero_offset = how_.zero_offset,
                      .codes = codes->tensor->data};
  if (auto set = set_groups(to, module); !set) {
    return set.err();
  }
  if (auto set = set_order(to, module); !set) {
    return set.err();
  }
  return to;
}

result<void> quantized_parts::set_order(quantized_matrix& to, const std::string& module) const {
  const auto name = module + ".g_idx";
  if (!all_.contains(name) && !how_.has_shuffled_groups) {
    return {};
  }
  const auto order = need(name, module + ".qweight", {"I32"});
  if (!order) {
    return order.err();
  }
  if (const shape expected{to.cols}; order->tensor->shape != expected) {
    return wrong_shape(*order, name, expected);
  }
  const auto groups = to.column_groups();
  bool is_shuffled = false;
  for (std::uint64_t col = 0; col < to.cols; ++col) {
    const auto group = word_at(order->tensor->data, col);
    is_shuffled = is_shuffled || group != col / to.group_cols;
    if (group >= groups) {
      return wrong(*order, name,
                   "puts column " + std::to_string(col) + " into group "
                       + std::to_string(static_cast<std::int32_t>(group)) + " of "
                       + std::to_string(groups));
    }
  }
  if (is_shuffled) {
    to.group_of = order->tensor->data;
  }
  return {};
}

} // namespace troupe::engine
