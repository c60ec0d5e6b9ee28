// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/pre_tokenizer.hpp"

#include "messages/vocab/error_codes.hpp"

#include <algorithm>
#include <optional>

namespace troupe::text {

namespace {

constexpr int depth_max = 8;
constexpr std::size_t steps_max = 64;

/// The words of GPT-2, which ByteLevel cuts unless told not to.
constexpr std::string_view gpt2_words =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

std::optional<split_behavior> behavior_of(std::string_view name) {
  if (name == "Removed") {
    return split_behavior::removed;
  }
  if (name == "Isolated") {
    return split_behavior::isolated;
  }
  if (name == "MergedWithPrevious") {
    return split_behavior::merged_with_previous;
  }
  if (name == "MergedWithNext") {
    return split_behavior::merged_with_next;
  }
  if (name == "Contiguous") {
    return split_behavior::contiguous;
  }
  return std::nullopt;
}

struct part {
  std::string_view text;
  bool matched = false;
};

std::string_view joined(std::string_view first, std::string_view last) {
  return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

/// A delimiter joins the word before it, unless that is a delimiter as well.
void merge_with_previous(const std::vector<part>& parts, std::vector<std::string_view>& out) {
  const auto start = out.size();
  bool previous_matched = false;
  for (const auto& one : parts) {
    if (one.matched && !previous_matched && out.size() > start) {
      out.back() = joined(out.back(), one.text);
    } else {
      out.push_back(one.text);
    }
    previous_matched = one.matched;
  }
}

void merge_with_next(const std::vector<part>& parts, std::vector<std::string_view>& out) {
  const auto start = out.size();
  bool next_matched = false;
  for (auto one = parts.rbegin(); one != parts.rend(); ++one) {
    if (one->matched && !next_matched && out.size() > start) {
      out.back() = joined(one->text, out.back());
    } else {
      out.push_back(one->text);
    }
    next_matched = one->matched;
  }
  std::reverse(out.begin() + static_cast<std::ptrdiff_t>(start), out.end());
}

void merge_runs(const std::vector<part>& parts, std::vector<std::string_view>& out) {
  for (std::size_t at = 0; at < parts.size(); ++at) {
    if (at > 0 && parts[at].matched == parts[at - 1].matched) {
      out.back() = joined(out.back(), parts[at].text);
    } else {
      out.push_back(parts[at].text);
    }
  }
}

} // namespace

pre_tokenizer pre_tokenizer::parse(const json::value& from, const std::string& path,
                                   json::complaints& wrong) {
  pre_tokenizer out;
  out.parse_step(from, path, wrong, 0);
  if (!out.has_byte_level_ && wrong.empty()) {
    wrong.add(
        errc::unsupported, path,
        "has no ByteLevel step and only byte-level tokenizers are read; serve this model by an "
        "external engine");
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
  if (has_byte_level_ || depth > depth_max || rules_.size() > steps_max) {
    in.complain("type", "stands after ByteLevel or too deep; make ByteLevel the last of few steps");
  } else if (type == "Sequence") {
    const auto& steps = in.array("pretokenizers");
    for (std::size_t at = 0; at < steps.size() && wrong.empty(); ++at) {
      parse_step(steps[at], json::path_at(in.path_of("pretokenizers"), at), wrong, depth + 1);
    }
  } else if (type == "Split") {
    parse_split(in);
  } else if (type == "Digits") {
    add_rule(regex::compile(R"(\p{N})"),
             in.boolean_or("individual_digits", false) ? split_behavior::isolated
                                                       : split_behavior::contiguous,
             false, in, "type");
  } else if (type == "ByteLevel") {
    parse_byte_level(in);
  } else {
    wrong.add(
        errc::unsupported, in.path_of("type"),
        "the pre-tokenizer " + type
            + " is not supported (Sequence, Split, Digits and ByteLevel are); serve this model "
              "by an external engine");
  }
}

void pre_tokenizer::parse_split(const json::object_reader& in) {
  const auto pattern = in.object("pattern");
  const auto expression = pattern.maybe_string("Regex");
  const auto text = pattern.maybe_string("String");
  const auto behavior = behavior_of(in.string("behavior"));
  if (!in.wrong().empty()) {
    return;
  }
  if (!behavior) {
    in.complain("behavior", "is none of Removed, Isolated, MergedWithPrevious, MergedWithNext and "
                            "Contiguous; correct it");
  } else if (expression.has_value() == text.has_value()) {
    in.complain("pattern", "must have either Regex or String; give one");
  } else {
    add_rule(expression ? regex::compile(*expression) : regex::literal(*text), *behavior,
             in.boolean_or("invert", false), in, "pattern");
  }
}

void pre_tokenizer::parse_byte_level(const json::object_reader& in) {
  has_byte_level_ = true;
  prefix_space_ = in.boolean_or("add_prefix_space", true);
  if (prefix_space_ && !rules_.empty()) {
    in.wrong().add(errc::unsupported, in.path_of("add_prefix_space"),
                   "is not supported after other steps; serve this model by an external engine");
  }
  if (in.boolean_or("use_regex", true)) {
    add_rule(regex::compile(gpt2_words), split_behavior::isolated, false, in, "use_regex");
  }
}

void pre_tokenizer::add_rule(result<regex> pattern, split_behavior behavior, bool invert,
                             const json::object_reader& in, std::string_view name) {
  if (!pattern) {
    in.complain(name, pattern.err().text);
    return;
  }
  rules_.push_back({std::move(*pattern), behavior, invert});
}

void pre_tokenizer::apply(const rule& with, std::string_view word,
                          std::vector<std::string_view>& out) {
  thread_local std::vector<part> parts;
  parts.clear();
  std::size_t done = 0;
  while (done < word.size()) {
    const auto found = with.pattern.find(word, done);
    const auto begin = found ? found->begin : word.size();
    if (begin > done) {
      parts.push_back({word.substr(done, begin - done), with.invert});
    }
    if (found) {
      parts.push_back({word.substr(begin, found->end - begin), !with.invert});
    }
    done = found ? found->end : word.size();
  }
  switch (with.behavior) {
    case split_behavior::merged_with_previous:
      merge_with_previous(parts, out);
      return;
    case split_behavior::merged_with_next:
      merge_with_next(parts, out);
      return;
    case split_behavior::contiguous:
      merge_runs(parts, out);
      return;
    case split_behavior::removed:
    case split_behavior::isolated:
      for (const auto& one : parts) {
        if (!one.matched || with.behavior == split_behavior::isolated) {
          out.push_back(one.text);
        }
      }
  }
}

void pre_tokenizer::split(std::string_view text, std::string& storage,
                          std::vector<std::string_view>& words) const {
  words.clear();
  if (text.empty()) {
    return;
  }
  if (prefix_space_ && text.front() != ' ') {
    storage.assign(1, ' ');
    storage.append(text);
    text = storage;
  }
  words.push_back(text);
  thread_local std::vector<std::string_view> next;
  for (const auto& one : rules_) {
    next.clear();
    for (const auto word : words) {
      apply(one, word, next);
    }
    words.swap(next);
  }
}

} // namespace troupe::text
