// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/gemm/product.hpp"
#include "cuda/ops/coded_gemv.hpp"
#include "cuda/ops/gemv.hpp"
#include "cuda/ops/grouped_gemm.hpp"

namespace troupe::cuda {
namespace {

class own_product final : public product {
public:
  [[nodiscard]] status run(const product_args& args, stream on) override {
    const bool is_coded = ops::is_coded(args.w.type);
    if (is_coded && args.rows <= ops::gemv_rows_max && args.batch.count == 1) {
      return ops::coded_gemv({.x = args.x,
                              .x_stride = args.x_stride,
                              .rows = args.rows,
                              .w = args.w,
                              .outputs = args.outputs,
                              .inputs = args.inputs,
                              .out = args.out},
                             on);
    }
    if (!is_coded && args.rows <= ops::gemv_rows_max) {
      return ops::gemv({.x = {args.x, args.x_stride, ops::element::bf16},
                        .rows = args.rows,
                        .w = args.w.data,
                        .type = args.w.type,
                        .outputs = args.outputs,
                        .inputs = args.inputs,
                        .out = args.out,
                        .batch = args.batch},
                       on);
    }
    return ops::grouped_gemm({.x = args.x,
                              .x_stride = args.x_stride,
                              .groups = 1,
                              .pairs_max = args.rows,
                              .w = args.w,
                              .outputs = args.outputs,
                              .inputs = args.inputs,
                              .out = args.out,
                              .batch = args.batch},
                             on);
  }
};

} // namespace

std::unique_ptr<product> make_own_product() {
  return std::make_unique<own_product>();
}

} // namespace troupe::cuda
