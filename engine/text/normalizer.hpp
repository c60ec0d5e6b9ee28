// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/json/fields.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe::text {

enum class unicode_form : std::uint8_t { nfc, nfd, nfkc, nfkd };

/// Brings text into a Unicode normal form: tokenizer.json's `normalizer`. Supported: null, NFC,
/// NFD, NFKC, NFKD and Sequence of these; everything else is refused by name.
/// Checked: test/unit/text/tokenizer_test.cpp
class normalizer {
public:
  static normalizer parse(const json::value& from, const std::string& path,
                          json::complaints& wrong);

  /// The normalised text: `text` itself where nothing changes, else kept in `storage`.
  /// Requires: valid UTF-8. Cost: none for ASCII.
  [[nodiscard]] std::string_view apply(std::string_view text, std::string& storage) const;

private:
  void parse_step(const json::value& from, const std::string& path, json::complaints& wrong,
                  int depth);

  std::vector<unicode_form> forms_;
};

} // namespace troupe::text
