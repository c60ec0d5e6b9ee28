// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <string>
#include <string_view>

namespace troupe::text {

/// A regular expression of Oniguruma's Ruby dialect, which tokenizer.json is written in, in Perl's:
/// \s, \w and \h mean other characters there.
/// Errors: unsupported for what Perl's dialect would silently read otherwise (sets inside sets, &&
/// in sets, {n,m}+). Source: Oniguruma's doc/RE; pcre2pattern(3). Checked:
/// test/unit/text/pre_tokenizer_test.cpp, tokenizer_parity_test.cpp
[[nodiscard]] result<std::string> perl_of_oniguruma(std::string_view pattern);

} // namespace troupe::text
