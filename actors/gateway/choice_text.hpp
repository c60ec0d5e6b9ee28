// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/client_sink.hpp"
#include "messages/vocab/ids.hpp"
#include "messages/vocab/tokens.hpp"

#include <cstdint>
#include <memory>

namespace troupe {

struct prepared;

/// The text side of one choice: accepted tokens in, what the client sees out. Knows nothing of
/// attempts, so a re-placement leaves no seam: characters, stop strings and tool calls that two
/// workers made halves of come out whole.
/// Role: one per stream, moved with it. Checked: test/unit/gateway/choice_text_test.cpp
class choice_text {
public:
  choice_text(std::shared_ptr<const prepared> what, request_id request, std::uint32_t choice);
  choice_text(choice_text&&) noexcept;
  choice_text& operator=(choice_text&&) noexcept;
  ~choice_text();

  /// True: a stop string is complete, the answer ends before it. Requires: not ended.
  bool push(token_id token);

  /// No further token comes: what was held back is text after all. Idempotent.
  void finish();

  /// What is certain since the last call.
  [[nodiscard]] choice_delta take();

  [[nodiscard]] bool called_tools() const;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace troupe
