// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/product_key.hpp"
#include "cuda/device/memory.hpp"
#include "cuda/gemm/product.hpp"
#include "cuda/math/numbers.hpp"
#include "cuda/ops/coded_gemv.hpp"
#include "engine/core/ops/packed_matrix.hpp"

#include <cublasLt.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <map>

namespace troupe::cuda {
namespace {

constexpr std::size_t workspace_bytes = std::size_t{32} << 20U;
constexpr std::size_t widened_bytes = std::size_t{64} << 20U;

/// Rows up to which codes are widened within our own kernels: these read less.
constexpr std::int32_t coded_rows_max = 64;

/// Of the library's handles, which are pointers with a function to destroy them.
template <class Handle, cublasStatus_t (*Destroy)(Handle)>
class owned {
public:
  owned() = default;
  owned(const owned&) = delete;
  owned& operator=(const owned&) = delete;
  ~owned() {
    if (handle_ != nullptr) {
      (void)Destroy(handle_);
    }
  }
  [[nodiscard]] Handle get() const { return handle_; }
  [[nodiscard]] Handle* into() { return &handle_; }

private:
  Handle handle_ = nullptr;
};

using owned_layout = owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using owned_operation = owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using owned_preference = owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

cudaDataType_t type_of(bool is_wide) {
  return is_wide ? CUDA_R_32F : CUDA_R_16BF;
}

/// One product as the library sees it: in columns, so w comes first and is transposed, and rows of
/// ours are its columns.
struct description {
  owned_operation operation;
  owned_layout w;
  owned_layout x;
  owned_layout out;

  [[nodiscard]] static bool set_batch(cublasLtMatrixLayout_t layout, std::int32_t count,
                                      std::size_t step) {
    const auto elements = static_cast<std::int64_t>(step);
    return cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count,
                                            sizeof count)
               == CUBLAS_STATUS_SUCCESS
           && cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET,
                                               &elements, sizeof elements)
                  == CUBLAS_STATUS_SUCCESS;
  }

  [[nodiscard]] bool make(const product_args& args, std::int32_t rows) {
    const auto rows_count = static_cast<std::uint64_t>(rows);
    const auto outputs = static_cast<std::uint64_t>(args.outputs);
    const auto inputs = static_cast<std::uint64_t>(args.inputs);
    const cublasOperation_t transposed = CUBLAS_OP_T;
    const bool is_wide = args.out.type == ops::element::f32;
    return cublasLtMatmulDescCreate(operation.into(), CUBLAS_COMPUTE_32F, CUDA_R_32F)
               == CUBLAS_STATUS_SUCCESS
           && cublasLtMatmulDescSetAttribute(operation.get(), CUBLASLT_MATMUL_DESC_TRANSA,
                                             &transposed, sizeof transposed)
                  == CUBLAS_STATUS_SUCCESS
           && cublasLtMatrixLayoutCreate(w.into(), CUDA_R_16BF, inputs, outputs,
                                         static_cast<std::int64_t>(inputs))
                  == CUBLAS_STATUS_SUCCESS
           && cublasLtMatrixLayoutCreate(x.into(), CUDA_R_16BF, inputs, rows_count,
                                         static_cast<std::int64_t>(args.x_stride))
                  == CUBLAS_STATUS_SUCCESS
           && cublasLtMatrixLayoutCreate(out.into(), type_of(is_wide), outputs, rows_count,
                                         static_cast<std::int64_t>(args.out.stride))
                  == CUBLAS_STATUS_SUCCESS
           && set_batch(w.get(), args.batch.count, args.batch.w)
           && set_batch(x.get(), args.batch.count, args.batch.x)
           && set_batch(out.get(), args.batch.count, args.batch.out);
  }
};

class cublas_product final : public product {
public:
  ~cublas_product() override {
    release(widened_);
    release(workspace_);
    if (library_ != nullptr) {
      (void)cublasLtDestroy(library_);
    }
  }

  [[nodiscard]] bool start() {
    return cublasLtCreate(&library_) == CUBLAS_STATUS_SUCCESS
           && allocate(&workspace_, workspace_bytes) == success
           && allocate(&widened_, widened_bytes) == success;
  }

  [[nodiscard]] status run(const product_args& args, stream on) override {
    if (args.rows == 1 || (ops::is_coded(args.w.type) && args.rows <= coded_rows_max)) {
      return own_->run(args, on);
    }
    if (ops::is_coded(args.w.type)) {
      return run_coded(args, on);
    }
    if (args.rows < 1 || args.outputs < 1 || args.inputs < 8 || args.inputs % 8 != 0
        || args.x_stride % 8 != 0 || args.batch.count < 1 || args.batch.x % 8 != 0
        || args.batch.w % 8 != 0) {
      return invalid_value;
    }
    const auto* algorithm = advice_for(args);
    description made;
    if (algorithm == nullptr || !made.make(args, args.rows)) {
      return own_->run(args, on);
    }
    const float one = 1;
    const float zero = 0;
    const auto answer = cublasLtMatmul(library_, made.operation.get(), &one, args.w.data,
                                       made.w.get(), args.x, made.x.get(), &zero, args.out.data,
                                       made.out.get(), args.out.data, made.out.get(), algorithm,
                                       workspace_, workspace_bytes, static_cast<cudaStream_t>(on));
    if (answer == CUBLAS_STATUS_NOT_SUPPORTED) {
      return own_->run(args, on); // The advice was for another number of rows.
    }
    return answer == CUBLAS_STATUS_SUCCESS ? success : cudaErrorUnknown;
  }

private:
  [[nodiscard]] status run_coded(const product_args& args, stream on) {
    constexpr auto width = engine::ops::panel_width;
    const auto row_bytes = static_cast<std::size_t>(args.inputs) * sizeof(bf16);
    const auto outputs_at_once =
        static_cast<std::int32_t>(widened_bytes / row_bytes) / width * width;
    if (args.batch.count != 1 || outputs_at_once == 0) {
      return own_->run(args, on);
    }
    const auto out_bytes = args.out.type == ops::element::f32 ? sizeof(float) : sizeof(bf16);
    auto why = success;
    for (std::int32_t first = 0; why == success && first < args.outputs; first += outputs_at_once) {
      auto part = args;
      part.outputs = std::min(outputs_at_once, args.outputs - first);
      part.w = {widened_};
      part.out.data =
          static_cast<std::byte*>(args.out.data) + static_cast<std::size_t>(first) * out_bytes;
      why = ops::widen_codes({.w = args.w,
                              .first_output = first,
                              .outputs = part.outputs,
                              .inputs = args.inputs,
                              .out = widened_},
                             on);
      why = why == success ? run(part, on) : why;
    }
    return why;
  }

  /// Null where the library has none.
  [[nodiscard]] const cublasLtMatmulAlgo_t* advice_for(const product_args& args) {
    const product_key key{args.outputs, args.inputs, rows_of_advice(args.rows),
                          args.out.type == ops::element::f32, args.batch.count};
    if (const auto found = advice_.find(key); found != advice_.end()) {
      return &found->second;
    }
    description made;
    owned_preference preference;
    cublasLtMatmulHeuristicResult_t best{};
    int count = 0;
    if (!made.make(args, key.rows)
        || cublasLtMatmulPreferenceCreate(preference.into()) != CUBLAS_STATUS_SUCCESS
        || cublasLtMatmulPreferenceSetAttribute(preference.get(),
                                                CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                                &workspace_bytes, sizeof workspace_bytes)
               != CUBLAS_STATUS_SUCCESS
        || cublasLtMatmulAlgoGetHeuristic(library_, made.operation.get(), made.w.get(),
                                          made.x.get(), made.out.get(), made.out.get(),
                                          preference.get(), 1, &best, &count)
               != CUBLAS_STATUS_SUCCESS
        || count == 0) {
      return nullptr;
    }
    if (advice_.size() >= advice_max) {
      advice_.clear();
    }
    return &advice_.emplace(key, best.algo).first->second;
  }

  cublasLtHandle_t library_ = nullptr;
  void* workspace_ = nullptr;
  void* widened_ = nullptr; ///< Of weights in codes, for the product that is next in the stream.
  std::map<product_key, cublasLtMatmulAlgo_t> advice_;
  std::unique_ptr<product> own_ = make_own_product();
};

} // namespace

std::unique_ptr<product> make_cublas_product() {
  auto made = std::make_unique<cublas_product>();
  return made->start() ? std::move(made) : nullptr;
}

} // namespace troupe::cuda
