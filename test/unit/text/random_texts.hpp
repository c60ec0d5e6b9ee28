// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/rng.hpp"
#include "runtime/base/utf8.hpp"
#include "runtime/json/read.hpp"
#include "test/unit/text/files.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace troupe::text {

/// The texts of scripts/golden_tokenizers.py, from the same seeds: phrases, characters of a range,
/// now and then bytes that are no UTF-8.
class random_texts {
public:
  random_texts() {
    const auto read = json::parse(source_file("test/unit/text/tokenizers/phrases.json"));
    REQUIRE(read);
    for (const auto& list : *read->find("phrases")->as_array()) {
      auto& phrases = phrases_.emplace_back();
      for (const auto& phrase : *list.as_array()) {
        phrases.push_back(*phrase.as_string());
      }
    }
    for (const auto& range : *read->find("ranges")->as_array()) {
      const auto& ends = *range.as_array();
      ranges_.emplace_back(*ends[0].as_integer(), *ends[1].as_integer());
    }
  }

  [[nodiscard]] std::string at(std::uint64_t index) const {
    rng random(1'000'003 * (index + 1));
    std::string out;
    for (auto left = random.below(12); left > 0; --left) {
      append_part(random, out);
      if (random.below(2) == 0) {
        out += ' ';
      }
    }
    return out;
  }

private:
  void append_part(rng& random, std::string& out) const {
    const auto kind = random.below(phrases_.size() + 3);
    if (kind < phrases_.size()) {
      out += phrases_[kind][random.below(phrases_[kind].size())];
    } else if (kind < phrases_.size() + 2) {
      const auto [first, last] = ranges_[random.below(ranges_.size())];
      for (auto left = 1 + random.below(6); left > 0; --left) {
        const auto offset = random.below(static_cast<std::uint64_t>(last - first + 1));
        utf8::append(out, static_cast<char32_t>(first) + static_cast<char32_t>(offset));
      }
    } else if (random.below(4) == 0) {
      for (auto left = 1 + random.below(3); left > 0; --left) {
        out += static_cast<char>(random.below(256));
      }
    }
  }

  std::vector<std::vector<std::string>> phrases_;
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges_;
};

} // namespace troupe::text
