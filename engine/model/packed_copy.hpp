// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/parallel.hpp"
#include "engine/model/mapped_file.hpp"
#include "engine/model/packed_format.hpp"
#include "engine/model/weight_buffer.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace troupe::engine {

/// A file of packed weights, mapped: what loads from it uses its pages in place and shares them
/// with every process that does. They stay mapped as long as any buffer that was taken. Role: lives
/// while a model is loaded. Thread: any. Ensures: open() has compared every byte with the checksums
/// that were made when it was packed, so what a disk or a copy damaged is refused. Later changes of
/// the file would be seen by whoever maps it: ours are only ever renamed over and removed, and are
/// written read-only. Cost: reads the file once, as fast as memory or the disk gives it; allocates
/// the table. Checked: test/unit/model/packed_copy_test.cpp, packed_loading_test.cpp
class packed_copy {
public:
  /// `on_bytes` is told, in the caller's thread, how many bytes were checked since the last call.
  /// Errors: of read_front, malformed where the body is damaged, io_failed, model_invalid (absent);
  /// the file in the text.
  [[nodiscard]] static result<packed_copy> open(const std::string& path, hash128 key,
                                                cpu::parallel& workers,
                                                const std::function<void(std::uint64_t)>& on_bytes);

  struct found {
    packed_entry entry;
    weight_buffer memory;
  };

  [[nodiscard]] bool contains(packed_kind kind, const std::string& name) const {
    return front_.entries.contains(packed_name{kind, name});
  }

  /// Of that shape. Errors: not_found, malformed (another shape).
  [[nodiscard]] result<found> find(packed_kind kind, const std::string& name, std::int32_t outputs,
                                   std::int32_t inputs) const;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t size_bytes() const { return file_->view().size(); }

private:
  packed_copy(std::string path, std::shared_ptr<const mapped_file> file, packed_front front)
      : path_(std::move(path)), file_(std::move(file)), front_(std::move(front)) {}

  std::string path_;
  std::shared_ptr<const mapped_file> file_;
  packed_front front_;
};

/// What a load packed, for whoever writes a packed copy of it. Matrices and rows are views; floats
/// are kept here.
class packed_notes {
public:
  struct note {
    packed_draft draft;
    bytes_view data;
  };

  /// What is added again under its name and shape is the same and not noted twice.
  /// Requires: `data` stays where it is for as long as these are read.
  void add(packed_kind kind, std::string name, ops::dtype type, std::int32_t outputs,
           std::int32_t inputs, bytes_view data);
  void add_floats(std::string name, const std::vector<float>& values);

  [[nodiscard]] const std::vector<note>& all() const { return all_; }

private:
  std::vector<note> all_;
  std::map<packed_name, packed_entry> known_;
  std::vector<std::unique_ptr<const std::vector<float>>> floats_;
};

} // namespace troupe::engine
