// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/device/graph.hpp"

#include <utility>

#ifdef __CUDACC__
#include <cuda_runtime.h>
#endif

namespace troupe::cuda {

graph::graph(graph&& other) noexcept : recorded_(std::exchange(other.recorded_, nullptr)) {
}

graph& graph::operator=(graph&& other) noexcept {
  std::swap(recorded_, other.recorded_);
  return *this;
}

#ifdef __CUDACC__

owned_stream::~owned_stream() {
  if (stream_ != nullptr) {
    (void)cudaStreamDestroy(static_cast<cudaStream_t>(stream_));
  }
}

status owned_stream::make() {
  cudaStream_t made = nullptr;
  const auto why = cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking);
  stream_ = made;
  return why;
}

status owned_stream::wait() const {
  return cudaStreamSynchronize(static_cast<cudaStream_t>(stream_));
}

graph::~graph() {
  if (recorded_ != nullptr) {
    (void)cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(recorded_));
  }
}

status graph::record(stream on, const std::function<status()>& body) {
  const auto own = static_cast<cudaStream_t>(on);
  if (own == nullptr || recorded_ != nullptr) {
    return invalid_value;
  }
  if (const auto why = cudaStreamBeginCapture(own, cudaStreamCaptureModeThreadLocal);
      why != cudaSuccess) {
    return why;
  }
  const auto launched = body();
  cudaGraph_t captured = nullptr;
  const auto ended = cudaStreamEndCapture(own, &captured);
  auto why = launched != success ? launched : static_cast<status>(ended);
  if (why == success) {
    cudaGraphExec_t made = nullptr;
    why = cudaGraphInstantiate(&made, captured, 0);
    recorded_ = made;
  }
  if (captured != nullptr) {
    (void)cudaGraphDestroy(captured);
  }
  return why;
}

status graph::launch(stream on) const {
  return recorded_ == nullptr
             ? invalid_value
             : static_cast<status>(cudaGraphLaunch(static_cast<cudaGraphExec_t>(recorded_),
                                                   static_cast<cudaStream_t>(on)));
}

#else

namespace {

using launches = std::function<status()>;

int any_stream;

} // namespace

owned_stream::~owned_stream() = default;

status owned_stream::make() {
  stream_ = &any_stream;
  return success;
}

status owned_stream::wait() const {
  return success;
}

graph::~graph() {
  delete static_cast<launches*>(recorded_);
}

status graph::record(stream on, const std::function<status()>& body) {
  if (on == nullptr || recorded_ != nullptr) {
    return invalid_value;
  }
  recorded_ = new launches(body);
  return success;
}

status graph::launch(stream) const {
  return recorded_ == nullptr ? invalid_value : (*static_cast<launches*>(recorded_))();
}

#endif

} // namespace troupe::cuda
