// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/map_reader.hpp"

#include <charconv>

namespace troupe {

using config::yaml_node;

error map_reader::wrong(std::uint32_t line, errc code, const std::string& text) const {
  return {.code = code, .text = path_ + ":" + std::to_string(line) + ": " + text};
}

result<void> map_reader::text(const std::string& key, std::string& into) {
  known_.insert(key);
  if (const auto* node = from_.find(key)) {
    if (node->what != yaml_node::shape::scalar) {
      return wrong(node->line, errc::invalid_value, "'" + key + "' must be a text");
    }
    into = node->text;
  }
  return {};
}

result<void> map_reader::port(const std::string& key, std::uint16_t& into) {
  std::string digits;
  if (auto fine = text(key, digits); !fine || digits.empty()) {
    return fine;
  }
  const auto* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, into);
  if (read.ec != std::errc{} || read.ptr != end) {
    return wrong(from_.find(key)->line, errc::invalid_value,
                 "'" + key + "' must be a port, 0 to 65535, not '" + digits + "'");
  }
  return {};
}

result<void> map_reader::texts(const std::string& key, std::vector<std::string>& into) {
  known_.insert(key);
  if (const auto* node = from_.find(key)) {
    for (const auto& item : node->items) {
      into.push_back(item.text);
    }
    if (node->what != yaml_node::shape::list || into.size() > 64) {
      return wrong(node->line, errc::invalid_value, "'" + key + "' must be a list of texts");
    }
  }
  return {};
}

result<void> map_reader::count(const std::string& key, std::int64_t least, std::int64_t most,
                               std::int64_t& into) {
  std::string digits;
  const auto* node = from_.find(key);
  if (auto fine = text(key, digits); !fine || node == nullptr) {
    return fine;
  }
  const auto* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, into);
  if (read.ec != std::errc{} || read.ptr != end || into < least || into > most) {
    return wrong(node->line, errc::invalid_value,
                 "'" + key + "' must be a whole number from " + std::to_string(least) + " to "
                     + std::to_string(most) + ", not '" + digits + "'");
  }
  return {};
}

const yaml_node* map_reader::child(const std::string& key) {
  known_.insert(key);
  return from_.find(key);
}

std::uint32_t map_reader::line_of(const std::string& key) const {
  const auto* found = from_.find(key);
  return found == nullptr ? from_.line : found->line;
}

result<void> map_reader::nothing_else() const {
  for (const auto& [key, value] : from_.members) {
    if (!known_.contains(key)) {
      std::string all;
      for (const auto& one : known_) {
        all += (all.empty() ? "" : ", ") + one;
      }
      return wrong(value.line, errc::unknown_option, "unknown key '" + key + "'; there are " + all);
    }
  }
  return {};
}

result<void> first_error(std::initializer_list<result<void>> all) {
  for (const auto& one : all) {
    if (!one) {
      return one;
    }
  }
  return {};
}

} // namespace troupe
