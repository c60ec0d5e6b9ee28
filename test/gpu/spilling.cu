// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
// Keeps more numbers at once than 1024 threads have registers for: the gate of cuda/CMakeLists.txt
// must not let it through.
__global__ void __launch_bounds__(1024, 1) greedy_kernel(const float* in, float* out) {
  float kept[96];
#pragma unroll
  for (int i = 0; i < 96; ++i) {
    kept[i] = in[i * 1024 + threadIdx.x];
  }
  __syncthreads();
#pragma unroll
  for (int i = 0; i < 96; ++i) {
    out[i * 1024 + threadIdx.x] = kept[i * 37 % 96] - kept[i];
  }
}
