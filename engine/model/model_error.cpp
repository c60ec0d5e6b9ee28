// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/model_error.hpp"

#include "messages/vocab/error_codes.hpp"

namespace troupe::engine {

error model_error(std::string_view file, std::string_view subject, std::string_view what,
                  std::string_view remedy) {
  std::string text{file};
  text += ": ";
  if (!subject.empty()) {
    text.append(subject).append(": ");
  }
  text.append(what).append("; ").append(remedy);
  return {.code = errors::model_invalid,
          .text = std::move(text),
          .field = std::string{subject.empty() ? file : subject}};
}

} // namespace troupe::engine
