// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/mapped_file.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::engine {

/// Longest header that is read; real ones are below 1 MiB per thousand tensors.
inline constexpr std::uint64_t safetensors_header_bytes_max = 32ULL << 20U;

struct quantized_matrix;

/// One tensor of a file. `data` lies inside the mapping, at any alignment.
struct tensor_view {
  std::string type; ///< As the file says: "F32", "BF16", "I64", ...
  std::vector<std::uint64_t> shape;
  bytes_view data;

  /// Where a checkpoint has the numbers in codes: these, and no data; `type` holds them exactly.
  const quantized_matrix* quantized = nullptr;
};

/// A safetensors file, checked as a whole before anything is believed: length of the header, its
/// JSON, every dtype and shape against its span, all spans together exactly the rest of the file:
/// nothing twice, overlapping, left over or outside.
/// Errors: model_invalid with the file in the text and the tensor in `field`; io_failed.
/// Cost: O(header); the data is mapped, not read.
/// Source: the safetensors format description. Checked: test/unit/model/safetensors_test.cpp
class safetensors_file {
public:
  [[nodiscard]] static result<safetensors_file> open(const std::string& path);

  /// Null where there is none of that name.
  [[nodiscard]] const tensor_view* find(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, tensor_view, std::less<>>& tensors() const {
    return tensors_;
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bytes_view bytes() const { return file_.view(); }
  [[nodiscard]] const file_identity& identity() const { return file_.identity(); }

private:
  safetensors_file(std::string path, mapped_file file)
      : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  mapped_file file_;
  std::map<std::string, tensor_view, std::less<>> tensors_;
};

} // namespace troupe::engine
