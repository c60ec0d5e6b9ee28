// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/tokens.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::text {

/// What each token adds to the output, and the token of each word as the model sees it. Ids may
/// have gaps.
/// Thread: any, once built.
class vocabulary {
public:
  /// False, and nothing done, if the id is taken.
  bool add(token_id id, std::string_view word, std::string output) {
    if (!add_added(id, std::move(output))) {
      return false;
    }
    ids_.try_emplace(std::string(word), id);
    return true;
  }

  /// Added tokens are no words: `find` is not to see them.
  bool add_added(token_id id, std::string output) {
    if (id >= entries_.size()) {
      entries_.resize(std::size_t{id} + 1);
    }
    if (entries_[id].taken) {
      return false;
    }
    entries_[id].taken = true;
    entries_[id].bytes = std::move(output);
    return true;
  }

  /// Of equal words the token added first.
  [[nodiscard]] std::optional<token_id> find(std::string_view word) const {
    const auto found = ids_.find(word);
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
  }

  [[nodiscard]] bool has(token_id id) const { return id < entries_.size() && entries_[id].taken; }
  [[nodiscard]] std::string_view bytes_of(token_id id) const {
    return has(id) ? std::string_view(entries_[id].bytes) : std::string_view();
  }
  [[nodiscard]] bool is_special(token_id id) const { return has(id) && entries_[id].special; }
  void set_added(token_id id, std::string bytes, bool special) {
    entries_[id].special = special;
    entries_[id].bytes = std::move(bytes);
  }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }

private:
  struct entry {
    std::string bytes;
    bool taken = false;
    bool special = false;
  };
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::vector<entry> entries_;
  std::unordered_map<std::string, token_id, text_hash, std::equal_to<>> ids_;
};

} // namespace troupe::text
