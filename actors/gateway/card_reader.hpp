// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/model_text.hpp"
#include "messages/model.hpp"
#include "runtime/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace troupe {

/// A card to be read. `number` is the asker's, never reused.
struct card_job {
  std::uint64_t number = 0;
  model_card card;
};

struct card_read {
  std::uint64_t number = 0;
  result<std::shared_ptr<const model_text>> text;
};

/// Makes the text sides of model cards somewhere else than in the actor that wants them: parsing a
/// tokenizer takes some 10 ms per MB.
class card_reader {
public:
  using sink = std::function<void(card_read)>;

  /// Cards accepted and not read yet; more are refused.
  static constexpr std::size_t jobs_max = 16;

  card_reader() = default;
  card_reader(const card_reader&) = delete;
  card_reader& operator=(const card_reader&) = delete;
  virtual ~card_reader() = default;

  /// Called once before the first job. `to` must not block.
  virtual void listen(sink to) = 0;

  /// Answered once through the sink, later, in the order of the calls.
  /// Thread: any. Errors: overloaded (nothing was taken).
  [[nodiscard]] virtual result<void> try_submit(card_job what) = 0;
};

/// A thread of its own; its end joins it after the card that is being read.
/// Checked: test/unit/gateway/card_reader_test.cpp
[[nodiscard]] std::unique_ptr<card_reader> make_threaded_card_reader();

} // namespace troupe
