// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/pre_tokenizer.hpp"

#include "messages/vocab/error_codes.hpp"

namespace troupe::text {

namespace {

constexpr int depth_max = 8;
constexpr std::size_t steps_max = 64;

constexpr std::string_view numbers = R"(\p{N})";
constexpr std::string_view punctuation = R"([!-/:-@\[-`{-~\p{P}])";
constexpr std::string_view white_space = R"(\s+)";
constexpr std::string_view words_or_signs =
    R"([\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200C}\x{200D}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200C}\x{200D}\s]+)";

void put_blanks_in_front(pre_words& in) {
  for (auto& word : in.words) {
    if (word.front() != ' ') {
      auto& longer = in.kept.emplace_back(1, ' ');
      longer += word;
      word = longer;
    }
  }
}

void cut(const split_rule& with, pre_words& in) {
  thread_local std::vector<std::string_view> next;
  next.clear();
  for (const auto word : in.words) {
    with.apply(word, next);
  }
  in.at_start = in.at_start && !in.words.empty() && !next.empty()
                && next.front().data() == in.words.front().data();
  in.words.swap(next);
}

} // namespace

pre_tokenizer pre_tokenizer::parse(const json::value& from, const std::string& path,
                                   json::complaints& wrong) {
  pre_tokenizer out;
  if (!from.is_null()) {
    out.parse_step(from, path, wrong, 0);
  }
  return out;
}

void pre_tokenizer::parse_step(const json::value& from, const std::string& path,
                               json::complaints& wrong, int depth) {
  const json::object_reader in(from, path, wrong);
  const auto type = in.string("type");
  if (!wrong.empty()) {
    return;
  }
  if (is_byte_level_ || depth > depth_max || steps_.size() > steps_max) {
    in.complain("type", "stands after ByteLevel or too deep; make ByteLevel the last of few steps");
  } else if (type == "Sequence") {
    const auto& steps = in.array("pretokenizers");
    for (std::size_t at = 0; at < steps.size() && wrong.empty(); ++at) {
      parse_step(steps[at], json::path_at(in.path_of("pretokenizers"), at), wrong, depth + 1);
    }
  } else if (type == "Split") {
    parse_split(in);
  } else if (type == "Metaspace") {
    steps_.emplace_back(metaspace::parse(in));
  } else if (type == "ByteLevel") {
    parse_byte_level(in);
  } else if (!parse_fixed_rule(type, in)) {
    wrong.add(errc::unsupported, in.path_of("type"),
              "the pre-tokenizer " + type
                  + " is not supported (Sequence, Split, Digits, Punctuation, Whitespace, "
                    "WhitespaceSplit, Metaspace and ByteLevel are); serve this model by an "
                    "external engine");
  }
}

bool pre_tokenizer::parse_fixed_rule(const std::string& type, const json::object_reader& in) {
  using enum split_behavior;
  if (type == "Digits") {
    add_rule(regex::compile(numbers),
             in.boolean_or("individual_digits", false) ? isolated : contiguous, false, in, "type");
  } else if (type == "Whitespace") {
    add_rule(regex::from_oniguruma(words_or_signs), removed, true, in, "type");
  } else if (type == "WhitespaceSplit") {
    add_rule(regex::from_oniguruma(white_space), removed, false, in, "type");
  } else if (type == "Punctuation") {
    const auto behavior = split_behavior_of(in.string_or("behavior", "Isolated"));
    if (!behavior) {
      in.complain("behavior", "is no behaviour of a split; correct it");
    }
    add_rule(regex::compile(punctuation), behavior.value_or(isolated), false, in, "type");
  } else {
    return false;
  }
  return true;
}

void pre_tokenizer::parse_split(const json::object_reader& in) {
  auto pattern = regex::of_pattern_field(in);
  const auto behavior = split_behavior_of(in.string("behavior"));
  const bool invert = in.boolean_or("invert", false);
  if (!pattern || !in.wrong().empty()) {
    return;
  }
  if (!behavior) {
    in.complain("behavior", "is none of Removed, Isolated, MergedWithPrevious, MergedWithNext and "
                            "Contiguous; correct it");
    return;
  }
  split_rule rule{std::move(*pattern), *behavior, invert, std::nullopt};
  if (*behavior == split_behavior::isolated && !invert) {
    rule.scanner = word_scanner::of(in.object("pattern").string_or("Regex", ""));
  }
  steps_.emplace_back(std::move(rule));
}

void pre_tokenizer::parse_byte_level(const json::object_reader& in) {
  is_byte_level_ = true;
  if (in.boolean_or("add_prefix_space", true)) {
    steps_.emplace_back(prefix_space{});
  }
  if (in.boolean_or("use_regex", true)) {
    add_rule(regex::from_oniguruma(gpt2_pattern()), split_behavior::isolated, false, in,
             "use_regex");
    if (auto* rule = steps_.empty() ? nullptr : std::get_if<split_rule>(&steps_.back())) {
      rule->scanner = word_scanner::of(gpt2_pattern());
    }
  }
}

void pre_tokenizer::add_rule(result<regex> pattern, split_behavior behavior, bool invert,
                             const json::object_reader& in, std::string_view name) {
  if (!pattern) {
    in.complain(name, pattern.err().text);
    return;
  }
  steps_.emplace_back(split_rule{std::move(*pattern), behavior, invert, std::nullopt});
}

void pre_tokenizer::split(std::string_view text, bool at_start, pre_words& out) const {
  out.words.clear();
  out.kept.clear();
  out.at_start = at_start;
  if (text.empty()) {
    return;
  }
  out.words.push_back(text);
  for (const auto& one : steps_) {
    if (const auto* rule = std::get_if<split_rule>(&one)) {
      cut(*rule, out);
    } else if (const auto* blanks = std::get_if<metaspace>(&one)) {
      blanks->apply(out);
    } else {
      put_blanks_in_front(out);
    }
  }
}

} // namespace troupe::text
