// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine_host.hpp"
#include "engine/model/native_executor.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace troupe::bench {

/// An engine of this process and the KV blocks of one made-up prompt, which it gives or gets as a
/// worker would: copied out of the pool into staging memory and named by a checksum, compared and
/// copied into slots. Nothing is computed.
///
/// Thread: any but the engine's; what is told comes on the engine's thread.
/// Checked: test/integration/measures/measures_test.py
class kv_holder {
public:
  enum class part { gives, gets };
  /// `blocks`: of the prompt, as far as the model's context has room.
  kv_holder(engine::native_model model, std::uint32_t blocks, part does);
  kv_holder(const kv_holder&) = delete;
  kv_holder& operator=(const kv_holder&) = delete;
  ~kv_holder();

  [[nodiscard]] std::uint32_t blocks() const { return blocks_; }
  [[nodiscard]] std::size_t block_bytes() const;

  using told = std::function<void(bool is_well)>;

  /// Makes room anew, says `ready`, and once every block was got, `whole`.
  void expect(told ready, told whole);
  void get(std::uint32_t index, std::uint64_t checksum, blob data);

  using taker = std::function<void(std::uint32_t index, std::uint64_t checksum, blob data)>;
  /// Puts random bytes into all blocks, for `give`.
  void fill(told whole);
  /// Hands over each block as it is copied out, then says `over`.
  void give(taker take, told over);

private:
  void hear(const engine::step_events& all);
  void count(bool is_well);
  void submit(engine::command what);

  [[nodiscard]] engine::sequence_id last_id();

  std::mutex mutex_; ///< Guards these three.
  std::uint64_t last_id_ = 0;
  std::uint32_t got_ = 0;
  told whole_;

  // Set before the command that leads to them, called on the engine's thread.
  told ready_;
  told over_;
  taker take_;

  std::uint32_t blocks_;
  engine::sequence_spec spec_;
  std::vector<block_name> names_;
  engine::native_model model_;                ///< Without its execution, which the host has.
  std::unique_ptr<engine::engine_host> host_; ///< Last: its thread uses all the rest.
};

} // namespace troupe::bench
