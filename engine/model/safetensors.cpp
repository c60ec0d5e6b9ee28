// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/safetensors.hpp"

#include "engine/model/model_error.hpp"
#include "runtime/json/read.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

namespace troupe::engine {
namespace {

constexpr std::size_t length_bytes = 8;
constexpr std::size_t dimensions_max = 8;

struct type_row {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<type_row, 15> types{{{"F32", 4},
                                          {"BF16", 2},
                                          {"F16", 2},
                                          {"F64", 8},
                                          {"F8_E4M3", 1},
                                          {"F8_E5M2", 1},
                                          {"F8_E8M0", 1},
                                          {"I64", 8},
                                          {"I32", 4},
                                          {"I16", 2},
                                          {"I8", 1},
                                          {"U8", 1},
                                          {"BOOL", 1},
                                          {"U16", 2},
                                          {"U32", 4}}};

std::optional<std::uint64_t> bytes_of(std::string_view type) {
  const auto* row = std::ranges::find(types, type, &type_row::name);
  return row == types.end() ? std::nullopt : std::optional{row->bytes};
}

result<std::string_view> header_of(const std::string& path, bytes_view file) {
  if (file.size() < length_bytes) {
    return model_error(path, "", "is shorter than the 8 bytes of a header length", fetch_again);
  }
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), length_bytes);
  static_assert(std::endian::native == std::endian::little);
  const auto rest = file.size() - length_bytes;
  if (length > safetensors_header_bytes_max) {
    return model_error(path, "",
                       "its header claims " + std::to_string(length) + " bytes, over the limit of "
                           + std::to_string(safetensors_header_bytes_max),
                       "check that it is a safetensors file");
  }
  if (length > rest) {
    return model_error(path, "",
                       "its header claims " + std::to_string(length) + " bytes, but only "
                           + std::to_string(rest) + " follow",
                       fetch_again);
  }
  return as_text(file.subspan(length_bytes, length));
}

/// Reads [a, b, ...] of non-negative integers.
std::optional<std::vector<std::uint64_t>> counts_of(const json::value* from, std::size_t most) {
  const auto* items = from == nullptr ? nullptr : from->as_array();
  if (items == nullptr || items->size() > most) {
    return std::nullopt;
  }
  std::vector<std::uint64_t> counts;
  for (const auto& item : *items) {
    const auto* number = item.as_integer();
    if (number == nullptr || *number < 0) {
      return std::nullopt;
    }
    counts.push_back(static_cast<std::uint64_t>(*number));
  }
  return counts;
}

struct reader {
  const std::string& path;
  bytes_view data; ///< All that follows the header.

  [[nodiscard]] error wrong(const std::string& name, const std::string& what) const {
    return model_error(path, name, what, fetch_again);
  }

  [[nodiscard]] result<tensor_view> read(const std::string& name, const json::value& entry) const {
    const auto* type = entry.find("dtype") == nullptr ? nullptr : entry.find("dtype")->as_string();
    if (type == nullptr) {
      return wrong(name, "its dtype is missing or no string");
    }
    const auto width = bytes_of(*type);
    if (!width) {
      return model_error(path, name, "its dtype " + *type + " is unknown",
                         "use a checkpoint in bf16, f16 or f32");
    }
    auto shape = counts_of(entry.find("shape"), dimensions_max);
    if (!shape) {
      return wrong(name, "its shape is not a list of at most 8 non-negative integers");
    }
    const auto offsets = counts_of(entry.find("data_offsets"), 2);
    if (!offsets || offsets->size() != 2 || (*offsets)[0] > (*offsets)[1]) {
      return wrong(name, "its data_offsets are not [begin, end] with begin <= end");
    }
    const auto begin = (*offsets)[0];
    const auto end = (*offsets)[1];
    if (end > data.size()) {
      return wrong(name, "its bytes " + std::to_string(begin) + ".." + std::to_string(end)
                             + " lie outside of the file's " + std::to_string(data.size())
                             + " bytes of data: the file is truncated or damaged");
    }
    std::uint64_t expected = *width;
    for (const auto count : *shape) {
      if (__builtin_mul_overflow(expected, count, &expected)) {
        return wrong(name, "its shape overflows");
      }
    }
    if (expected != end - begin) {
      return wrong(name, "its shape and dtype need " + std::to_string(expected)
                             + " bytes, but its data_offsets span " + std::to_string(end - begin));
    }
    return tensor_view{*type, std::move(*shape), data.subspan(begin, end - begin)};
  }

  /// The tensors must cover the data from its first to its last byte, each byte once.
  [[nodiscard]] result<void> check_cover(
      const std::map<std::string, tensor_view, std::less<>>& tensors) const {
    std::vector<std::pair<bytes_view, const std::string*>> spans;
    for (const auto& [name, tensor] : tensors) {
      spans.emplace_back(tensor.data, &name);
    }
    std::ranges::sort(spans, [](const auto& a, const auto& b) {
      return std::pair{a.first.data(), a.first.size()} < std::pair{b.first.data(), b.first.size()};
    });
    const auto* at = data.data();
    for (const auto& [span, name] : spans) {
      if (span.data() < at) {
        return wrong(*name, "its bytes overlap those of another tensor");
      }
      if (span.data() > at) {
        return wrong(*name,
                     "there is a gap of " + std::to_string(span.data() - at) + " bytes before it");
      }
      at = span.data() + span.size();
    }
    const auto left = data.data() + data.size() - at;
    if (left != 0) {
      return wrong("", std::to_string(left) + " bytes follow the last tensor");
    }
    return {};
  }
};

} // namespace

result<safetensors_file> safetensors_file::open(const std::string& path) {
  auto mapped = mapped_file::open(path);
  if (!mapped) {
    return mapped.err();
  }
  safetensors_file file{path, *std::move(mapped)};
  const auto header = header_of(path, file.bytes());
  if (!header) {
    return header.err();
  }
  const auto document = json::parse(*header, {.bytes = safetensors_header_bytes_max});
  if (!document) {
    return model_error(path, document.err().field, "its header is broken: " + document.err().text,
                       fetch_again);
  }
  const auto* members = (*document).as_object();
  if (members == nullptr) {
    return model_error(path, "", "its header is no JSON object", fetch_again);
  }
  const reader body{path, file.bytes().subspan(length_bytes + (*header).size())};
  for (const auto& [name, entry] : *members) {
    if (name == "__metadata__") {
      continue;
    }
    auto tensor = body.read(name, entry);
    if (!tensor) {
      return tensor.err();
    }
    file.tensors_.emplace(name, *std::move(tensor));
  }
  if (auto covered = body.check_cover(file.tensors_); !covered) {
    return covered.err();
  }
  return file;
}

const tensor_view* safetensors_file::find(std::string_view name) const {
  const auto at = tensors_.find(name);
  return at == tensors_.end() ? nullptr : &at->second;
}

} // namespace troupe::engine
