// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/host_tier.hpp"

#include "runtime/base/check.hpp"

namespace troupe::engine {

namespace {

constexpr std::size_t alignment = 64;

} // namespace

host_tier::host_tier(std::size_t bytes_max, std::shared_ptr<std::pmr::memory_resource> memory)
    : bytes_max_(bytes_max), memory_(std::move(memory)) {
}

std::span<std::byte> host_tier::begin_store(block_name name, std::size_t size) {
  if (places_.contains(name) || !make_room(size)) {
    return {};
  }
  std::shared_ptr<std::byte> data{static_cast<std::byte*>(memory_->allocate(size, alignment)),
                                  [memory = memory_, size](std::byte* freed) {
                                    memory->deallocate(freed, size, alignment);
                                  }};
  const std::span<std::byte> to{data.get(), size};
  entries_.push_front({name, std::move(data), size, false});
  places_.emplace(name, entries_.begin());
  bytes_ += size;
  return to;
}

bool host_tier::make_room(std::size_t size) {
  auto at = entries_.end();
  while (bytes_ + size > bytes_max_ && at != entries_.begin()) {
    --at;
    if (at->is_written) {
      bytes_ -= at->size;
      places_.erase(at->name);
      left_.push_back(at->name);
      at = entries_.erase(at);
    }
  }
  return bytes_ + size <= bytes_max_;
}

void host_tier::finish_store(block_name name) {
  const auto at = places_.find(name);
  TROUPE_CHECK(at != places_.end() && !at->second->is_written);
  at->second->is_written = true;
}

blob host_tier::find(block_name name) {
  const auto at = places_.find(name);
  if (at == places_.end() || !at->second->is_written) {
    return {};
  }
  entries_.splice(entries_.begin(), entries_, at->second);
  const auto& found = entries_.front();
  return {found.data, {found.data.get(), found.size}};
}

} // namespace troupe::engine
