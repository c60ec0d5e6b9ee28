// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/regex.hpp"

#include "engine/text/oniguruma.hpp"
#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <array>
#include <string>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace troupe::text {

namespace {

// Searches of real models' patterns end within the first limit; a few of a text may take the
// second.
constexpr std::uint32_t easy_steps_max = 2'000;
constexpr std::uint32_t hard_steps_max = 1'000'000;
constexpr std::uint32_t hard_searches_max = 500;
constexpr std::uint32_t heap_kib_max = 16 * 1024;
constexpr std::size_t pattern_bytes_max = 64 * 1024;
constexpr std::size_t jit_stack_bytes_max = 1U << 20U;

/// PCRE2's matching memory: one per thread, since it must not be shared between two matches.
class scratch {
public:
  scratch()
      : data_(pcre2_match_data_create(1, nullptr)),
        context_(pcre2_match_context_create(nullptr)),
        stack_(pcre2_jit_stack_create(32 * 1024, jit_stack_bytes_max, nullptr)) {
    TROUPE_CHECK(data_ != nullptr && context_ != nullptr);
    pcre2_set_heap_limit(context_, heap_kib_max);
    pcre2_jit_stack_assign(context_, nullptr, stack_);
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() {
    pcre2_jit_stack_free(stack_);
    pcre2_match_context_free(context_);
    pcre2_match_data_free(data_);
  }

  [[nodiscard]] pcre2_match_data* data() const { return data_; }
  [[nodiscard]] pcre2_match_context* context() const { return context_; }

  std::uint32_t hard_searches_left = hard_searches_max;

private:
  pcre2_match_data* data_;
  pcre2_match_context* context_;
  pcre2_jit_stack* stack_;
};

scratch& thread_scratch() {
  thread_local scratch kept;
  return kept;
}

const unsigned char* units(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

int search(const pcre2_code* code, std::string_view subject, std::size_t from, scratch& memory) {
  const auto within = [&](std::uint32_t steps_max) {
    pcre2_set_match_limit(memory.context(), steps_max);
    return pcre2_match(code, units(subject), subject.size(), from, PCRE2_NO_UTF_CHECK,
                       memory.data(), memory.context());
  };
  const int found = within(easy_steps_max);
  if (found != PCRE2_ERROR_MATCHLIMIT || memory.hard_searches_left == 0) {
    return found;
  }
  --memory.hard_searches_left;
  return within(hard_steps_max);
}

} // namespace

void regex::begin_text() {
  thread_scratch().hard_searches_left = hard_searches_max;
}

void regex::code_deleter::operator()(void* code) const {
  pcre2_code_free(static_cast<pcre2_code*>(code));
}

result<regex> regex::make(std::string_view pattern, unsigned options) {
  if (pattern.empty() || pattern.size() > pattern_bytes_max) {
    return error{errc::malformed, "the pattern is empty or over 64 KiB; shorten it", ""};
  }
  int code = 0;
  PCRE2_SIZE offset = 0;
  regex out;
  out.code_.reset(
      pcre2_compile(units(pattern), pattern.size(), options | PCRE2_UTF, &code, &offset, nullptr));
  if (!out.code_) {
    std::array<unsigned char, 256> why{};
    pcre2_get_error_message(code, why.data(), why.size());
    return error{errc::malformed,
                 "the regular expression is wrong at offset " + std::to_string(offset) + ": "
                     + reinterpret_cast<const char*>(why.data()) + "; correct it",
                 ""};
  }
  // Without JIT support of the machine the interpreter matches the same, slower.
  static_cast<void>(
      pcre2_jit_compile(static_cast<pcre2_code*>(out.code_.get()), PCRE2_JIT_COMPLETE));
  return out;
}

result<regex> regex::compile(std::string_view pattern) {
  return make(pattern, PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C);
}

result<regex> regex::from_oniguruma(std::string_view pattern) {
  auto perl = perl_of_oniguruma(pattern);
  if (!perl) {
    return std::move(perl).err();
  }
  return make(*perl, PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_MULTILINE);
}

result<regex> regex::literal(std::string_view text) {
  return make(text, PCRE2_LITERAL);
}

std::optional<regex> regex::of_pattern_field(const json::object_reader& in) {
  const auto pattern = in.object("pattern");
  const auto expression = pattern.maybe_string("Regex");
  const auto text = pattern.maybe_string("String");
  if (!in.wrong().empty()) {
    return std::nullopt;
  }
  if (expression.has_value() == text.has_value()) {
    in.complain("pattern", "must have either Regex or String; give one");
    return std::nullopt;
  }
  auto made = expression ? from_oniguruma(*expression) : literal(*text);
  if (!made) {
    in.wrong().add(made.err().code == errc::unsupported ? errc::unsupported : errc::invalid_value,
                   in.path_of("pattern"), made.err().text);
    return std::nullopt;
  }
  return std::move(*made);
}

std::optional<match_range> regex::find(std::string_view subject, std::size_t from) const {
  auto& memory = thread_scratch();
  const auto* code = static_cast<const pcre2_code*>(code_.get());
  while (from < subject.size()) {
    const int found = search(code, subject, from, memory);
    // One pair of offsets is all the memory has room for: 0 says that there were groups as well.
    if (found < 0) {
      return std::nullopt;
    }
    const auto* offsets = pcre2_get_ovector_pointer(memory.data());
    if (offsets[0] < from) {
      return std::nullopt;
    }
    if (offsets[1] > offsets[0]) {
      return match_range{offsets[0], offsets[1]};
    }
    from = std::max<std::size_t>(offsets[1], from);
    from += from < subject.size() ? utf8::first(subject.substr(from)).bytes : 0U;
  }
  return std::nullopt;
}

} // namespace troupe::text
