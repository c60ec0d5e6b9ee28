// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/math/exp.hpp"
#include "engine/core/ops/swiglu_oai.hpp"

/// One element of each activation, with the arithmetic of its contract in engine/core/ops: the same
/// bits. Checked: test/gpu/row_ops_test.cpp
namespace troupe::cuda {

TROUPE_ANYWHERE inline float silu_mul(float gate, float up) {
  return gate / (1.0F + exp_f32(-gate)) * up;
}

TROUPE_ANYWHERE inline float gelu_mul(float gate, float up) {
  const float power = fmaf(0.044715F, gate * gate, 1.0F) * gate * -1.5957691216057308F;
  return gate / (1.0F + exp_f32(power)) * up;
}

TROUPE_ANYWHERE inline float swiglu_oai(float gate, float up) {
  constexpr float limit = engine::ops::swiglu_oai_limit;
  const float g = gate > limit ? limit : gate;
  const float below = up > limit ? limit : up;
  const float u = below < -limit ? -limit : below;
  return g / (1.0F + exp_f32(-engine::ops::swiglu_oai_slope * g)) * (u + 1.0F);
}

TROUPE_ANYWHERE inline float gelu(float x) {
  constexpr float far = 14.0F;
  const float size = fabsf(x);
  const float near = size > far ? far : size;
  const float t = near * 0.70710678118654752F;
  const float place = (t - 3.0F) / (t + 3.0F);
  float sum = 5.6606295e-5F;
  sum = fmaf(sum, place, 3.0179130e-5F);
  sum = fmaf(sum, place, -5.9450214e-4F);
  sum = fmaf(sum, place, 7.1476569e-4F);
  sum = fmaf(sum, place, 0.0042686202F);
  sum = fmaf(sum, place, -0.024393974F);
  sum = fmaf(sum, place, 0.071665928F);
  sum = fmaf(sum, place, -0.15011580F);
  sum = fmaf(sum, place, 0.24560382F);
  sum = fmaf(sum, place, -0.32623357F);
  sum = fmaf(sum, place, 0.17900115F);
  const float square = near * near;
  const float rest = fmaf(near, near, -square);
  const float tail = 0.5F * (exp_f32(-0.5F * square) * (1.0F - 0.5F * rest)) * sum;
  return x * (x < 0 ? tail : 1.0F - tail);
}

TROUPE_ANYWHERE inline float softcap(float x, float cap) {
  return cap * tanh_f32(x / cap);
}

} // namespace troupe::cuda
