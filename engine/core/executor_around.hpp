// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"

#include <memory>
#include <utility>

namespace troupe::engine {

/// An execution that hands everything on to another; derived ones do something beside it.
class executor_around : public executor {
public:
  explicit executor_around(std::unique_ptr<executor> inner) : inner_(std::move(inner)) {}

  [[nodiscard]] const executor_traits& traits() const override { return inner_->traits(); }
  void allocate_pool(std::uint32_t slots) override { inner_->allocate_pool(slots); }
  void begin(const step_plan& plan) override { inner_->begin(plan); }
  void execute(const step_plan& plan, step_output& out) override { inner_->execute(plan, out); }
  void read_page(slot_id slot, std::span<std::byte> data) override {
    inner_->read_page(slot, data);
  }
  void write_page(slot_id slot, std::span<const std::byte> data) override {
    inner_->write_page(slot, data);
  }
  [[nodiscard]] std::shared_ptr<std::pmr::memory_resource> staging_memory() override {
    return inner_->staging_memory();
  }
  void tag_slot(slot_id slot, block_name name, std::uint64_t writer) override {
    inner_->tag_slot(slot, name, writer);
  }

private:
  std::unique_ptr<executor> inner_;
};

} // namespace troupe::engine
