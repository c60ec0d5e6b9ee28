// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/abi.hpp"

// Stands in for libtroupe_cuda.so: STUB_ABI is the number that it answers; without one it is some
// other library. With STUB_LACKS_PROBE it has nothing else to offer; STUB_SIZES are its sizes,
// without which it takes no model.
#ifdef STUB_ABI
extern "C" std::uint32_t troupe_cuda_abi() {
  return STUB_ABI;
}

#ifndef STUB_LACKS_PROBE
extern "C" void troupe_cuda_probe(troupe::cuda::device_report* report) {
  *report = {.what = troupe::cuda::obstacle::no_device, .error = 100, .driver_version = 13'000};
}
#ifdef STUB_SIZES
extern "C" std::uint64_t troupe_cuda_sizes() {
  return STUB_SIZES;
}
extern "C" void troupe_cuda_begin() {
}
extern "C" void troupe_cuda_put() {
}
extern "C" void troupe_cuda_finish() {
}
extern "C" void troupe_cuda_drop() {
}
#endif
#endif
#else
extern "C" int something_else() {
  return 0;
}
#endif
