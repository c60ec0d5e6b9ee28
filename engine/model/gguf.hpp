// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/gguf_blocks.hpp"
#include "engine/model/gguf_value.hpp"
#include "engine/model/mapped_file.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::engine {

/// Bounds on what a file may claim; real ones have some 50 keys, some 1000 tensors.
inline constexpr std::uint64_t gguf_keys_max = 65'536;
inline constexpr std::uint64_t gguf_tensors_max = 65'536;
inline constexpr std::uint64_t gguf_name_bytes_max = 1'024;
inline constexpr std::uint32_t gguf_dimensions_max = 4;
inline constexpr std::uint32_t gguf_array_depth_max = 4;
inline constexpr std::uint64_t gguf_alignment_max = 65'536;

/// One tensor of a file. `data` lies inside the mapping.
struct gguf_tensor {
  const gguf_layout* layout = nullptr;
  std::vector<std::uint64_t> shape; ///< As Hugging Face has it: the row's length last.
  bytes_view data;                  ///< Rows one after the other, each of whole blocks.
};

/// A GGUF file of version 2 or 3, little-endian, checked as a whole before anything is believed:
/// magic, version, both counts, each key, type, length and nesting; each tensor's name, dimensions,
/// type and place; no key or tensor twice, no tensors that overlap, leave more than padding between
/// them, or reach outside.
/// Role: lives while a model is loaded. Invariant: what a claimed count or length would allocate is
/// first compared with the bytes that are left of the file.
/// Errors: model_invalid with the file in the text and the key or tensor in `field`; io_failed.
/// Cost: O(header); tensors are mapped, not read. Source: the GGUF format description.
/// Checked: test/unit/model/gguf_test.cpp, test/fuzz/fuzz_gguf.cpp
class gguf_file {
public:
  [[nodiscard]] static result<gguf_file> open(const std::string& path);

  /// Null where there is no such key.
  [[nodiscard]] const gguf_value* find(std::string_view key) const;
  /// Null where there is no such tensor.
  [[nodiscard]] const gguf_tensor* find_tensor(std::string_view name) const;

  [[nodiscard]] const std::map<std::string, gguf_value, std::less<>>& values() const {
    return values_;
  }
  [[nodiscard]] const std::map<std::string, gguf_tensor, std::less<>>& tensors() const {
    return tensors_;
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bytes_view bytes() const { return file_.view(); }
  [[nodiscard]] const file_identity& identity() const { return file_.identity(); }

private:
  gguf_file(std::string path, mapped_file file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  mapped_file file_;
  std::map<std::string, gguf_value, std::less<>> values_;
  std::map<std::string, gguf_tensor, std::less<>> tensors_;
};

} // namespace troupe::engine
