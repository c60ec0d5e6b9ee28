// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/staging.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace troupe::engine {

struct staging_arena::account {
  std::mutex mutex;
  std::size_t used = 0;
  std::size_t max = 0;
  std::function<void()> wake;
};

staging_arena::staging_arena(std::size_t bytes_max) : account_(std::make_shared<account>()) {
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
  taken.bytes_ = {new bytes(size), [account = account_, size](const bytes* freed) {
                    delete freed;
                    const std::lock_guard lock{account->mutex};
                    account->used -= size;
                    if (account->wake) {
                      account->wake();
                    }
                  }};
  return taken;
}

blob staging_arena::seal(buffer filled) {
  const bytes_view view = *filled.bytes_;
  return blob{std::move(filled.bytes_), view};
}

std::size_t staging_arena::used_bytes() const {
  const std::lock_guard lock{account_->mutex};
  return account_->used;
}

} // namespace troupe::engine
