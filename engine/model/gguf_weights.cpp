// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf_weights.hpp"

#include "engine/model/model_error.hpp"
#include "engine/model/weight_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace troupe::engine {
namespace {

struct owned_tensor {
  tensor_view view;
  weight_buffer memory;
};

bool is_matrix(const gguf_tensor& tensor) {
  return tensor.shape.size() > 1;
}

/// Blocks that the ops multiply with as they are.
bool is_kept(const gguf_layout& layout) {
  switch (static_cast<gguf_type>(layout.number)) {
    case gguf_type::q8_0:
    case gguf_type::q4_0:
    case gguf_type::q4_k:
    case gguf_type::q6_k:
      return true;
    default:
      return false;
  }
}

/// Rows of q or k per head, of which GGUF says only the count of heads.
std::int64_t heads_of(const gguf_file& file, std::string_view architecture, gguf_row_order rows) {
  const auto count = [&](std::string_view name) -> std::int64_t {
    const auto* found = file.find(std::string{architecture} + ".attention." + std::string{name});
    return found == nullptr ? 0 : found->as_integer().value_or(0);
  };
  const auto heads = count("head_count");
  const auto kv_heads = count("head_count_kv");
  return rows == gguf_row_order::key_pairs && kv_heads != 0 ? kv_heads : heads;
}

/// Copies row `row` of the result, widened where `type` is not the target's.
void copy_row(const gguf_tensor& from, std::uint64_t row, std::size_t row_bytes, bool widen,
              std::size_t elements, std::byte* to) {
  const auto data = from.data.subspan(row * row_bytes, row_bytes);
  if (widen) {
    dequantize(static_cast<gguf_type>(from.layout->number), data,
               {reinterpret_cast<float*>(to), elements});
  } else {
    std::memcpy(to, data.data(), data.size());
  }
}

} // namespace

result<gguf_weights> gguf_weights::open(const std::string& path) {
  auto file = gguf_file::open(path);
  if (!file) {
    return file.err();
  }
  gguf_weights all{*std::move(file)};
  const auto* found = all.file_.find("general.architecture");
  const auto architecture = found == nullptr ? std::nullopt : found->as_string();
  if (!architecture) {
    return model_error(path, "general.architecture", "is missing or no text", fetch_again);
  }
  for (const auto& [name, tensor] : all.file_.tensors()) {
    if (auto added = all.add(*architecture, name, tensor); !added) {
      return added.err();
    }
  }
  return all;
}

result<void> gguf_weights::add(std::string_view architecture, const std::string& name,
                               const gguf_tensor& tensor) {
  const auto wrong = [&](const std::string& what, std::string_view remedy) {
    return model_error(file_.path(), name, what, remedy);
  };
  auto at = place_in_hf(architecture, name, file_.path());
  if (!at) {
    return at.err();
  }
  if (at->name.empty()) {
    return {};
  }
  if (!tensor.layout->is_readable) {
    return wrong("its type " + std::string{tensor.layout->name} + " is not supported",
                 "use a file in F32, F16, BF16, Q8_0, Q4_0, Q4_K or Q6_K");
  }
  if (at->rows != gguf_row_order::same && !is_matrix(tensor) && tensor.layout->block_elements > 1) {
    return wrong("is a row of blocks, which cannot be put in order", "convert the model anew");
  }
  place to{&tensor, 0};
  if (at->rows != gguf_row_order::same) {
    const auto rows = tensor.shape.empty() ? 0 : tensor.shape.front();
    const auto heads = heads_of(file_, architecture, at->rows);
    const auto per_head = heads <= 0 ? 0 : rows / static_cast<std::uint64_t>(heads);
    if (per_head == 0 || per_head % 2 != 0
        || rows != per_head * static_cast<std::uint64_t>(heads)) {
      return wrong("its " + std::to_string(rows) + " rows are no " + std::to_string(heads)
                       + " heads of an even size",
                   fetch_again);
    }
    to.head_dim = per_head;
  }
  places_.emplace(std::move(at->name), to); // Names are unique as the file's are.
  return {};
}

std::vector<std::string_view> gguf_weights::names() const {
  std::vector<std::string_view> out;
  for (const auto& [name, at] : places_) {
    out.emplace_back(name);
  }
  return out;
}

std::shared_ptr<const tensor_view> gguf_weights::read(std::string_view name) const {
  const auto found = places_.find(name);
  if (found == places_.end()) {
    return nullptr;
  }
  const auto& [tensor, head_dim] = found->second;
  const auto& layout = *tensor->layout;
  const bool widen = layout.block_elements > 1 && !(is_matrix(*tensor) && is_kept(layout));
  auto out = std::make_shared<owned_tensor>();
  out->view = {widen ? "F32" : std::string{layout.name}, tensor->shape, tensor->data};
  if ((widen || head_dim != 0) && !tensor->data.empty()) {
    const auto elements = tensor->data.size() / layout.block_bytes * layout.block_elements;
    const auto rows = is_matrix(*tensor) || head_dim != 0 ? tensor->shape.front() : 1;
    const auto row_bytes = tensor->data.size() / rows;
    const auto wide_bytes = widen ? elements / rows * sizeof(float) : row_bytes;
    out->memory = weight_buffer{rows * wide_bytes};
    for (std::uint64_t row = 0; row < rows; ++row) {
      copy_row(*tensor, head_dim == 0 ? row : source_row(row, head_dim), row_bytes, widen,
               elements / rows, out->memory.data() + row * wide_bytes);
    }
    out->view.data = {out->memory.data(), rows * wide_bytes};
  }
  return {out, &out->view};
}

} // namespace troupe::engine
