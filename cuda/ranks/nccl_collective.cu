// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ranks/collective.hpp"

#if __has_include(<nccl.h>)

#include <dlfcn.h>
#include <nccl.h>
#include <numeric>
#include <vector>

namespace troupe::cuda {
namespace {

/// The library is opened when it is needed, so that one device does without it.
struct nccl_functions {
  void* library = nullptr;
  decltype(&ncclCommInitAll) init_all = nullptr;
  decltype(&ncclCommDestroy) destroy = nullptr;
  decltype(&ncclGroupStart) group_start = nullptr;
  decltype(&ncclGroupEnd) group_end = nullptr;
  decltype(&ncclAllReduce) all_reduce = nullptr;

  [[nodiscard]] bool open() {
    library = dlopen("libnccl.so.2", RTLD_NOW | RTLD_LOCAL);
    const auto find = [this](auto& into, const char* name) {
      into = library == nullptr
                 ? nullptr
                 : reinterpret_cast<std::remove_reference_t<decltype(into)>>(dlsym(library, name));
      return into != nullptr;
    };
    return find(init_all, "ncclCommInitAll") && find(destroy, "ncclCommDestroy")
           && find(group_start, "ncclGroupStart") && find(group_end, "ncclGroupEnd")
           && find(all_reduce, "ncclAllReduce");
  }
};

class nccl_collective final : public collective {
public:
  ~nccl_collective() override {
    for (const auto one : ranks_) {
      (void)nccl_.destroy(one);
    }
  }

  [[nodiscard]] bool start(std::int32_t ranks) {
    if (!nccl_.open()) {
      return false;
    }
    std::vector<int> devices(static_cast<std::size_t>(ranks));
    std::iota(devices.begin(), devices.end(), 0);
    std::vector<ncclComm_t> made(devices.size());
    if (nccl_.init_all(made.data(), ranks, devices.data()) != ncclSuccess) {
      return false;
    }
    ranks_ = std::move(made);
    return true;
  }

  [[nodiscard]] status sum(std::span<const rank_part> parts, std::size_t count) override {
    if (parts.size() != ranks_.size()) {
      return invalid_value;
    }
    auto why = nccl_.group_start();
    for (std::size_t i = 0; why == ncclSuccess && i < parts.size(); ++i) {
      why = nccl_.all_reduce(parts[i].data, parts[i].data, count, ncclFloat, ncclSum, ranks_[i],
                             static_cast<cudaStream_t>(parts[i].on));
    }
    const auto ended = nccl_.group_end();
    return why == ncclSuccess && ended == ncclSuccess ? success : cudaErrorUnknown;
  }

private:
  nccl_functions nccl_; ///< Never closed: NCCL's threads may outlive its last communicator.
  std::vector<ncclComm_t> ranks_;
};

} // namespace

std::unique_ptr<collective> make_nccl_collective(std::int32_t ranks) {
  auto made = std::make_unique<nccl_collective>();
  return made->start(ranks) ? std::move(made) : nullptr;
}

} // namespace troupe::cuda

#else

namespace troupe::cuda {

std::unique_ptr<collective> make_nccl_collective(std::int32_t) {
  return nullptr;
}

} // namespace troupe::cuda

#endif
