// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/exports.hpp"

#include "cuda/decoder/model_loading.hpp"

#include <algorithm>
#include <cstring>
#include <exception>

/// What the library exports but for its probe: the same on a device and on the emulated grid.
namespace troupe::cuda {
namespace {

void tell(failure* why, const error& what) {
  *why = failure{.code = static_cast<std::int32_t>(what.code)};
  std::memcpy(why->text, what.text.data(), std::min(sizeof why->text - 1, what.text.size()));
}

/// What `call` answers; null or 0, with why, where something is thrown.
template <class Call>
auto guarded(failure* why, Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& thrown) {
    tell(why, {.code = errc::too_large,
               .text = std::string{"this process has too little memory: "} + thrown.what()});
    return {};
  }
}

} // namespace
} // namespace troupe::cuda

using namespace troupe;

extern "C" __attribute__((visibility("default"))) std::uint32_t troupe_cuda_abi() {
  return cuda::abi;
}

extern "C" __attribute__((visibility("default"))) std::uint64_t troupe_cuda_sizes() {
  return cuda::sizes_of_execution();
}

extern "C" __attribute__((visibility("default"))) cuda::model_load* troupe_cuda_begin(
    const cuda::model_facts* facts, const cuda::layer_facts* each, cuda::failure* why) {
  return cuda::guarded(why, [&] {
    return new cuda::model_load(*facts, {each, static_cast<std::size_t>(facts->layers)});
  });
}

extern "C" __attribute__((visibility("default"))) std::int32_t troupe_cuda_put(
    cuda::model_load* load, cuda::part_place where, std::uint64_t offset, const void* data,
    std::uint64_t bytes, cuda::failure* why) {
  return cuda::guarded(why, [&]() -> std::int32_t {
    const auto done = load->put(where, offset, {static_cast<const std::byte*>(data), bytes});
    if (!done) {
      cuda::tell(why, done.err());
    }
    return done ? 1 : 0;
  });
}

extern "C" __attribute__((visibility("default"))) engine::executor* troupe_cuda_finish(
    cuda::model_load* load, cuda::failure* why) {
  const std::unique_ptr<cuda::model_load> used{load};
  return cuda::guarded(why, [&]() -> engine::executor* {
    auto made = load->finish(cuda::library_backend());
    if (!made) {
      cuda::tell(why, made.err());
      return nullptr;
    }
    return made->release();
  });
}

extern "C" __attribute__((visibility("default"))) void troupe_cuda_drop(cuda::model_load* load) {
  delete load;
}
