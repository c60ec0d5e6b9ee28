// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/chaos/attached_cluster.hpp"

#include "runtime/base/clock.hpp"
#include "runtime/http/client.hpp"
#include "runtime/json/read.hpp"

#include <charconv>
#include <string_view>

namespace troupe::chaos {

namespace {

constexpr duration patience = 1s;

result<std::string> page_of(unsigned admin_port, const std::string& path) {
  auto got =
      http::get("http://127.0.0.1:" + std::to_string(admin_port) + path, {.timeout = patience});
  if (!got) {
    return got.err();
  }
  return std::move(got->body);
}

std::int64_t integer_of(const json::value& from, std::string_view key) {
  const auto* found = from.find(key);
  const auto* number = found == nullptr ? nullptr : found->as_integer();
  return number == nullptr ? 0 : *number;
}

std::string text_of(const json::value& from, std::string_view key) {
  const auto* found = from.find(key);
  const auto* text = found == nullptr ? nullptr : found->as_string();
  return text == nullptr ? std::string{} : *text;
}

attached_process read_process(const json::value& node) {
  attached_process out{.name = text_of(node, "name"),
                       .pid = integer_of(node, "pid"),
                       .admin_port = static_cast<unsigned>(integer_of(node, "admin_port")),
                       .answers = true};
  const auto* services = node.find("services");
  if (services != nullptr && services->as_array() != nullptr) {
    for (const auto& one : *services->as_array()) {
      out.is_gateway = out.is_gateway || text_of(one, "role") == "gateway";
      const auto* answered = one.find("answered");
      out.answers = out.answers && answered != nullptr && answered->as_bool() != nullptr
                    && *answered->as_bool();
    }
  }
  return out;
}

} // namespace

result<std::vector<attached_process>> processes_of(unsigned admin_port) {
  const auto page = page_of(admin_port, "/status");
  if (!page) {
    return page.err();
  }
  const auto status = json::parse(*page);
  if (!status) {
    return status.err();
  }
  const auto* nodes = status->find("nodes");
  if (nodes == nullptr || nodes->as_array() == nullptr) {
    return error{.code = errc::malformed, .text = "a status without nodes"};
  }
  std::vector<attached_process> out;
  for (const auto& node : *nodes->as_array()) {
    out.push_back(read_process(node));
  }
  return out;
}

result<std::uint64_t> ended_requests_of(unsigned admin_port) {
  const auto page = page_of(admin_port, "/metrics");
  if (!page) {
    return page.err();
  }
  constexpr std::string_view name = "troupe_gateway_requests_total{";
  std::uint64_t sum = 0;
  std::string_view rest = *page;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.starts_with(name)) {
      const auto number = line.substr(line.rfind(' ') + 1);
      double value = 0;
      (void)std::from_chars(number.data(), number.data() + number.size(), value);
      sum += static_cast<std::uint64_t>(value);
    }
  }
  return sum;
}

} // namespace troupe::chaos
