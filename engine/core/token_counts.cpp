// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/token_counts.hpp"

#include "runtime/base/hash.hpp"

#include <algorithm>

namespace troupe::engine {

namespace {

constexpr std::size_t places_min = 64;

} // namespace

void token_counts::add_prompt(std::span<const token_id> tokens) {
  for (const auto token : tokens) {
    static_cast<void>(at(token));
  }
}

std::size_t token_counts::home(token_id token) const {
  return mix64(token, 0) & (places_.size() - 1);
}

token_counts::entry& token_counts::at(token_id token) {
  if ((entries_.size() + 1) * 2 > places_.size()) {
    grow();
  }
  auto place = home(token);
  while (places_[place] != 0) {
    auto& known = entries_[places_[place] - 1];
    if (known.token == token) {
      return known;
    }
    place = (place + 1) & (places_.size() - 1);
  }
  entries_.push_back({token, 0});
  places_[place] = static_cast<std::uint32_t>(entries_.size());
  return entries_.back();
}

void token_counts::grow() {
  places_.assign(std::max(places_min, places_.size() * 2), 0);
  entries_.reserve(places_.size() / 2);
  for (std::uint32_t index = 0; index < entries_.size(); ++index) {
    auto place = home(entries_[index].token);
    while (places_[place] != 0) {
      place = (place + 1) & (places_.size() - 1);
    }
    places_[place] = index + 1;
  }
}

} // namespace troupe::engine
