// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/device/event.hpp"

#ifdef __CUDACC__
#include <cuda_runtime.h>
#endif

namespace troupe::cuda {

#ifdef __CUDACC__

owned_event::~owned_event() {
  if (event_ != nullptr) {
    (void)cudaEventDestroy(static_cast<cudaEvent_t>(event_));
  }
}

status owned_event::make() {
  cudaEvent_t made = nullptr;
  const auto why = cudaEventCreateWithFlags(&made, cudaEventDisableTiming);
  event_ = made;
  return why;
}

status owned_event::order(stream leader, stream follower) const {
  const auto own = static_cast<cudaEvent_t>(event_);
  const auto why = cudaEventRecord(own, static_cast<cudaStream_t>(leader));
  return why != cudaSuccess ? why
                            : cudaStreamWaitEvent(static_cast<cudaStream_t>(follower), own, 0);
}

#else

owned_event::~owned_event() = default;

status owned_event::make() {
  return success;
}

status owned_event::order(stream, stream) const {
  return success;
}

#endif

} // namespace troupe::cuda
