// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/core.hpp"
#include "actors/gateway/card_reader.hpp"
#include "actors/gateway/cluster_view.hpp"
#include "actors/gateway/gateway_config.hpp"
#include "actors/gateway/text_registry.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace troupe {

/// Fetches the card of every model that workers serve, one worker at a time per model, has them
/// read outside the actor, and keeps their text sides in the registry by digest. A text side stays
/// when its workers have gone, until another model needs its place. Thread: inside the actor.
/// Checked: test/unit/gateway/model_cards_test.cpp
class model_cards {
public:
  /// `reader` must outlive it; what it reads comes back as `on_read`.
  model_cards(const gateway_config& config, text_registry& texts, card_reader& reader);

  /// The members have changed.
  void update(const cluster_view& view, context& cx);

  /// False: the request is not one of these.
  bool on_response(std::uint64_t request, const delivery& answer, context& cx);

  void on_read(const card_read& what, context& cx);

  void tick(context& cx);
  [[nodiscard]] std::optional<time_point> next_wake() const;

private:
  struct model {
    cluster_view::model_source source;
    std::uint64_t asked = 0;   ///< Request in flight; 0: none.
    std::uint64_t reading = 0; ///< Card at the reader; 0: none.
    std::uint32_t tries = 0;
    time_point retry_at = time_point::max();
  };

  void ask(const std::string& name, model& which, context& cx);
  void retry_later(model& which, time_point now) const;
  void keep(const std::string& name, std::shared_ptr<const model_text> text);
  [[nodiscard]] bool have(const std::string& name, const model_digest& digest) const;

  gateway_config config_;
  text_registry& texts_;
  card_reader& reader_;
  std::uint64_t last_read_ = 0;
  std::map<std::string, model> models_;
};

} // namespace troupe
