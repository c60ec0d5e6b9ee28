// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf.hpp"

#include "engine/model/gguf_reading.hpp"
#include "engine/model/model_error.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace troupe::engine {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view magic = "GGUF";
constexpr std::uint64_t alignment_default = 32;
constexpr std::uint64_t least_key_bytes = 8 + 4 + 1;
constexpr std::uint64_t least_tensor_bytes = 8 + 4 + 4 + 8;

struct counts {
  std::uint64_t tensors = 0;
  std::uint64_t keys = 0;
};

struct tensor_place {
  std::string name;
  gguf_tensor tensor;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

class reading {
public:
  reading(const std::string& path, bytes_view all) : path_(path), from_(all) {}

  result<counts> read_header();
  result<std::map<std::string, gguf_value, std::less<>>> read_values(std::uint64_t count);
  result<std::map<std::string, gguf_tensor, std::less<>>> read_tensors(std::uint64_t count,
                                                                       std::uint64_t alignment);

private:
  [[nodiscard]] error wrong(std::string_view subject, const std::string& what) const {
    return model_error(path_, subject, what, fetch_again);
  }
  result<tensor_place> read_info(std::uint64_t number);
  result<void> read_shape(tensor_place& to);
  result<void> check_places(std::vector<tensor_place>& all, std::uint64_t alignment,
                            std::uint64_t data_bytes) const;

  const std::string& path_;
  gguf_cursor from_;
};

result<counts> reading::read_header() {
  const auto found = from_.take_bytes(magic.size());
  if (!found || as_text(*found) != magic) {
    return model_error(path_, "magic", "does not begin with GGUF", "check that it is a GGUF file");
  }
  const auto version = from_.take<std::uint32_t>();
  const auto tensors = from_.take<std::uint64_t>();
  const auto keys = from_.take<std::uint64_t>();
  if (!keys) {
    return wrong("header", "the file ends inside its header");
  }
  if (*version != 2 && *version != 3) {
    const bool is_swapped = (*version & 0xffffU) == 0;
    return model_error(path_, "version",
                       is_swapped ? std::string{"is big-endian, which is not supported"}
                                  : std::to_string(*version) + " is not supported; 2 and 3 are",
                       "convert the model anew");
  }
  const auto check = [&](std::string_view name, std::uint64_t count, std::uint64_t most,
                         std::uint64_t least_bytes) -> result<void> {
    if (count > most || count > from_.left() / least_bytes) {
      return wrong(name, "claims " + std::to_string(count) + ", but at most " + std::to_string(most)
                             + " are allowed and only " + std::to_string(from_.left())
                             + " bytes follow");
    }
    return {};
  };
  if (auto fine = check("tensor_count", *tensors, gguf_tensors_max, least_tensor_bytes); !fine) {
    return fine.err();
  }
  if (auto fine = check("metadata_kv_count", *keys, gguf_keys_max, least_key_bytes); !fine) {
    return fine.err();
  }
  return counts{*tensors, *keys};
}

result<std::map<std::string, gguf_value, std::less<>>> reading::read_values(std::uint64_t count) {
  std::map<std::string, gguf_value, std::less<>> values;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto key = read_gguf_name(from_, path_, "key " + std::to_string(i));
    if (!key) {
      return key.err();
    }
    const auto value = read_gguf_value(from_, path_, *key);
    if (!value) {
      return value.err();
    }
    if (!values.emplace(*key, *value).second) {
      return wrong(*key, "this key stands twice");
    }
  }
  return values;
}

/// Sets shape and size.
result<void> reading::read_shape(tensor_place& to) {
  const auto dimensions = from_.take<std::uint32_t>();
  if (!dimensions || *dimensions > gguf_dimensions_max) {
    return wrong(to.name, !dimensions
                              ? std::string{"the file ends before its dimensions"}
                              : "has " + std::to_string(*dimensions) + " dimensions; at most "
                                    + std::to_string(gguf_dimensions_max) + " are allowed");
  }
  std::uint64_t elements = 1;
  for (std::uint32_t i = 0; i < *dimensions; ++i) {
    const auto size = from_.take<std::uint64_t>();
    if (!size) {
      return wrong(to.name, "the file ends inside its dimensions");
    }
    if (__builtin_mul_overflow(elements, *size, &elements)) {
      return wrong(to.name, "its shape overflows");
    }
    to.tensor.shape.push_back(*size);
  }
  const auto number = from_.take<std::uint32_t>();
  const auto* layout = number ? find_gguf_layout(*number) : nullptr;
  if (layout == nullptr) {
    return wrong(to.name, number ? "its type " + std::to_string(*number) + " is unknown"
                                 : std::string{"the file ends before its type"});
  }
  const auto row = to.tensor.shape.empty() ? 1 : to.tensor.shape.front();
  if (row % layout->block_elements != 0) {
    return wrong(to.name, "its rows of " + std::to_string(row) + " are no whole blocks of "
                              + std::to_string(layout->block_elements) + ", as "
                              + std::string{layout->name} + " needs");
  }
  if (__builtin_mul_overflow(elements / layout->block_elements, std::uint64_t{layout->block_bytes},
                             &to.size)) {
    return wrong(to.name, "its size overflows");
  }
  to.tensor.layout = layout;
  std::ranges::reverse(to.tensor.shape);
  return {};
}

result<tensor_place> reading::read_info(std::uint64_t number) {
  tensor_place out;
  auto name = read_gguf_name(from_, path_, "tensor " + std::to_string(number));
  if (!name) {
    return name.err();
  }
  out.name = *std::move(name);
  if (auto fine = read_shape(out); !fine) {
    return fine.err();
  }
  const auto offset = from_.take<std::uint64_t>();
  if (!offset) {
    return wrong(out.name, "the file ends before its offset");
  }
  out.offset = *offset;
  return out;
}

/// Sorts by place. Bytes after the last tensor are nobody's business.
result<void> reading::check_places(std::vector<tensor_place>& all, std::uint64_t alignment,
                                   std::uint64_t data_bytes) const {
  std::ranges::sort(all, {},
                    [](const tensor_place& one) { return std::pair{one.offset, one.size}; });
  std::uint64_t end = 0;
  for (const auto& one : all) {
    if (one.offset % alignment != 0) {
      return wrong(one.name, "its offset " + std::to_string(one.offset)
                                 + " is no multiple of the alignment " + std::to_string(alignment));
    }
    if (one.offset > data_bytes || one.size > data_bytes - one.offset) {
      return wrong(one.name, "its " + std::to_string(one.size) + " bytes at "
                                 + std::to_string(one.offset) + " lie outside of the file's "
                                 + std::to_string(data_bytes)
                                 + " bytes of data: the file is truncated or damaged");
    }
    if (one.offset < end) {
      return wrong(one.name, "its bytes overlap those of another tensor");
    }
    if (one.offset - end >= alignment) {
      return wrong(one.name, "there is a gap of " + std::to_string(one.offset - end)
                                 + " bytes before it, more than padding");
    }
    end = one.offset + one.size;
  }
  return {};
}

result<std::map<std::string, gguf_tensor, std::less<>>> reading::read_tensors(
    std::uint64_t count, std::uint64_t alignment) {
  std::vector<tensor_place> all;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto info = read_info(i);
    if (!info) {
      return info.err();
    }
    all.push_back(*std::move(info));
  }
  const auto padding = (alignment - from_.position() % alignment) % alignment;
  const auto begin = std::min(padding, from_.left());
  const auto data = from_.rest().subspan(begin);
  if (auto fine = check_places(all, alignment, data.size()); !fine) {
    return fine.err();
  }
  std::map<std::string, gguf_tensor, std::less<>> tensors;
  for (auto& one : all) {
    one.tensor.data = data.subspan(one.offset, one.size);
    if (!tensors.emplace(one.name, std::move(one.tensor)).second) {
      return wrong(one.name, "a tensor of this name stands twice");
    }
  }
  return tensors;
}

result<std::uint64_t> alignment_of(const gguf_value* from, const std::string& path) {
  if (from == nullptr) {
    return alignment_default;
  }
  const auto number = from->as_integer();
  if (!number || *number < 8 || static_cast<std::uint64_t>(*number) > gguf_alignment_max
      || !std::has_single_bit(static_cast<std::uint64_t>(*number))) {
    return model_error(path, "general.alignment",
                       "is no power of two from 8 to " + std::to_string(gguf_alignment_max),
                       fetch_again);
  }
  return static_cast<std::uint64_t>(*number);
}

} // namespace

result<gguf_file> gguf_file::open(const std::string& path) {
  auto mapped = mapped_file::open(path);
  if (!mapped) {
    return mapped.err();
  }
  gguf_file file{path, *std::move(mapped)};
  reading from{file.path_, file.bytes()};
  const auto header = from.read_header();
  if (!header) {
    return header.err();
  }
  auto values = from.read_values((*header).keys);
  if (!values) {
    return values.err();
  }
  file.values_ = *std::move(values);
  const auto alignment = alignment_of(file.find("general.alignment"), path);
  if (!alignment) {
    return alignment.err();
  }
  auto tensors = from.read_tensors((*header).tensors, *alignment);
  if (!tensors) {
    return tensors.err();
  }
  file.tensors_ = *std::move(tensors);
  return file;
}

const gguf_value* gguf_file::find(std::string_view key) const {
  const auto at = values_.find(key);
  return at == values_.end() ? nullptr : &at->second;
}

const gguf_tensor* gguf_file::find_tensor(std::string_view name) const {
  const auto at = tensors_.find(name);
  return at == tensors_.end() ? nullptr : &at->second;
}

} // namespace troupe::engine
