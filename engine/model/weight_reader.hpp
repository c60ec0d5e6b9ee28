// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/decoder_weights.hpp"
#include "engine/model/packed_copy.hpp"
#include "engine/model/weight_packing.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace troupe::engine {

using tensor_shape = std::vector<std::uint64_t>;

struct weight_source {
  matrix_rows all;
  std::shared_ptr<const void> owner; ///< Keeps the rows.
  std::string name;                  ///< What they are of the checkpoint: names them when packed.
};

/// Rows of several tensors; `last` is empty where all stand in `first`.
struct split_matrix {
  owned_matrix first;
  owned_matrix last;
};

/// Reads tensors and keeps the first error, so that a layer reads like its list of tensors; after
/// an error what it returns is empty. With a packed copy at hand it takes from there what would be
/// packed, by name and shape, and reads nothing of the checkpoint: sources then have no data.
/// Role: lives while one model is loaded. Errors: model_invalid, as of load_decoder.
/// Checked: test/unit/model/native_executor_test.cpp
class weight_reader {
public:
  weight_reader(const checkpoint& files, weight_type type, cpu::parallel& workers,
                packed_exchange packed = {})
      : files_(files), type_(type), workers_(workers), packed_(std::move(packed)) {}

  [[nodiscard]] const std::optional<error>& failure() const { return failure_; }

  /// One that is not in codes.
  weight_source find(const std::string& name, std::int32_t rows, std::int32_t cols) {
    return find(name, shape_of(rows, cols));
  }
  weight_source find(const std::string& name, const tensor_shape& shape);

  /// Codes become fp32, in memory of its own.
  weight_source find_widened(const std::string& name, std::int32_t rows, std::int32_t cols);

  /// One for `pack` alone, which takes codes too.
  weight_source find_for_packing(const std::string& name, std::int32_t rows, std::int32_t cols) {
    return find_shape(name, shape_of(rows, cols));
  }

  std::vector<float> vector(const std::string& name, std::int32_t count) {
    return vector(name, tensor_shape{static_cast<std::uint64_t>(count)});
  }

  /// All elements of a tensor of any shape, the last index running fastest.
  std::vector<float> vector(const std::string& name, const tensor_shape& shape);

  /// `name` is that of the norm, without ".weight".
  norm_weights norm(const std::string& name, std::int32_t count, const model_spec& spec);

  /// The matrices of these names and rows, one after the other; all fp32 where the checkpoint has
  /// them in several types.
  /// As `matrix`, but the last tensor apart where its blocks are of another type than the others:
  /// together they would be fp32.
  split_matrix matrix_and_last(std::span<const std::string> names,
                               std::span<const std::int32_t> rows, std::int32_t inputs);
  owned_matrix matrix(std::span<const std::string> names, std::span<const std::int32_t> rows,
                      std::int32_t inputs);

  /// One matrix whose products are exact, in fp32 or f16: what decides between experts.
  owned_matrix exact_matrix(const std::string& name, std::int32_t rows, std::int32_t inputs);

  /// Sources of rows of `inputs` elements, one after the other.
  owned_matrix pack(std::span<const weight_source> parts, std::int32_t inputs);

  /// As they are, but blocks are widened where all weights are to be.
  row_table rows(const std::string& name, std::int32_t rows, std::int32_t cols);

  /// Rows [first, first + rows) of a source of rows of `inputs` elements.
  [[nodiscard]] weight_source slice(const weight_source& from, std::int32_t first,
                                    std::int32_t rows, std::int32_t inputs) const;

  /// Column column_of(n) of the [inputs, columns] matrix that starts `at` elements behind the
  /// source's first becomes row n.
  weight_source turned(const weight_source& from, std::size_t at, std::int32_t inputs,
                       std::int32_t columns,
                       const std::function<std::int32_t(std::int32_t)>& column_of);

  /// One tensor of a matrix for each expert: [experts, inputs, outputs], or in codes
  /// [experts, outputs, inputs]. Errors: besides those of `find`, codes where they are not taken.
  weight_source find_stacked(const std::string& name, std::int32_t experts, std::int32_t inputs,
                             std::int32_t outputs, bool takes_codes);

  /// Of such a source: output output_of(n) of one expert becomes row n; codes stay codes.
  weight_source of_expert(const weight_source& from, std::int32_t expert, std::int32_t inputs,
                          std::int32_t outputs,
                          const std::function<std::int32_t(std::int32_t)>& output_of);

  /// Fails where a checkpoint whose experts ought to be stacked has a matrix of the first by
  /// itself.
  void refuse_separate(const std::string& name);

private:
  static tensor_shape shape_of(std::int32_t rows, std::int32_t cols) {
    return {static_cast<std::uint64_t>(rows), static_cast<std::uint64_t>(cols)};
  }
  weight_source find_shape(const std::string& name, const tensor_shape& shape);
  weight_source find_codes(const std::string& name, const checkpoint::place& at);
  weight_source fail(error why);
  [[nodiscard]] bool is_apart(std::span<const weight_source> others,
                              const weight_source& last) const;
  owned_matrix pack_as(const std::string& name, std::span<const matrix_rows> parts,
                       std::int32_t inputs, ops::dtype target);
  owned_matrix take(const std::string& name, std::span<const weight_source> parts,
                    std::int32_t inputs);
  std::optional<packed_copy::found> take(packed_kind kind, const std::string& name,
                                         std::int32_t outputs, std::int32_t inputs);
  bool all_finite(const tensor_view& tensor, ops::dtype type);
  [[nodiscard]] ops::dtype target_of(std::span<const matrix_rows> parts, std::int32_t inputs) const;

  const checkpoint& files_;
  weight_type type_;
  cpu::parallel& workers_;
  packed_exchange packed_;
  std::optional<error> failure_;
};

} // namespace troupe::engine
