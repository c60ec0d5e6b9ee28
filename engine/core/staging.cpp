// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/staging.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace troupe::engine {

namespace {

constexpr std::size_t alignment = 64;

} // namespace

struct staging_arena::account {
  std::mutex mutex;
  std::size_t used = 0;
  std::size_t max = 0;
  std::function<void()> wake;
};

staging_arena::staging_arena(std::size_t bytes_max,
                             std::shared_ptr<std::pmr::memory_resource> memory)
    : account_(std::make_shared<account>()), memory_(std::move(memory)) {
  account_->max = bytes_max;
}

staging_arena::~staging_arena() {
  on_release({});
}

void staging_arena::on_release(std::function<void()> wake) {
  const std::lock_guard lock{account_->mutex};
  account_->wake = std::move(wake);
}

std::optional<staging_arena::buffer> staging_arena::take(std::size_t size) {
  {
    const std::lock_guard lock{account_->mutex};
    if (account_->used != 0 && size > account_->max - std::min(account_->max, account_->used)) {
      return std::nullopt;
    }
    account_->used += size;
  }
  buffer taken;
  void* const data = memory_->allocate(size, alignment);
  taken.data_ = {static_cast<std::byte*>(data), size};
  taken.owner_ = {data, [account = account_, memory = memory_, size](void* freed) {
                    memory->deallocate(freed, size, alignment);
                    const std::lock_guard lock{account->mutex};
                    account->used -= size;
                    if (account->wake) {
                      account->wake();
                    }
                  }};
  return taken;
}

blob staging_arena::seal(buffer filled) {
  return blob{std::move(filled.owner_), filled.data_};
}

std::size_t staging_arena::used_bytes() const {
  const std::lock_guard lock{account_->mutex};
  return account_->used;
}

} // namespace troupe::engine
