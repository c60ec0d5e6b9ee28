// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/membership/seed_list.hpp"

#include "runtime/bus/endpoint.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr std::string_view scheme = "tcp://";

std::string endpoint_of(const host_port& what, const std::string& key) {
  return std::string(scheme) + format_host_port(what) + (key.empty() ? "" : "#" + key);
}

} // namespace

result<seed_list> seed_list::parse(const std::vector<std::string>& texts,
                                   const std::string& field) {
  if (texts.size() > seeds_max) {
    return error{.code = errc::invalid_value,
                 .text = std::to_string(texts.size()) + " seeds are too many; "
                         + std::to_string(seeds_max) + " are enough to find a cluster by",
                 .field = field};
  }
  seed_list out;
  for (const auto& text : texts) {
    auto parts = split_endpoint(text);
    auto one = parse_host_port(parts.address, scheme, field);
    if (!one) {
      return one.err();
    }
    if (one->is_address()) {
      out.fixed_.push_back(endpoint_of(*one, parts.key));
    } else {
      out.names_.push_back({.what = *std::move(one), .key = std::move(parts.key)});
    }
  }
  return out;
}

seed_list seed_list::of_endpoints(std::vector<std::string> endpoints) {
  seed_list out;
  out.fixed_ = std::move(endpoints);
  return out;
}

std::vector<std::string> seed_list::due(time_point now) {
  std::vector<std::string> out;
  for (auto& one : names_) {
    if (!one.is_asked && one.again <= now) {
      one.is_asked = true;
      if (std::ranges::find(out, one.what.host) == out.end()) {
        out.push_back(one.what.host);
      }
    }
  }
  return out;
}

seed_list::change seed_list::found(const std::string& host,
                                   const result<std::vector<std::string>>& addresses,
                                   time_point now) {
  change out;
  for (auto& one : names_) {
    if (one.what.host != host) {
      continue;
    }
    one.is_asked = false;
    if (!addresses || addresses->empty()) {
      one.failure = addresses ? "no address" : addresses.err().text;
      one.wait = std::clamp(one.wait * 2, again_min, again_max);
      one.again = now + one.wait;
      continue;
    }
    one.failure.clear();
    one.wait = duration{0};
    one.again = now + refresh;
    std::vector<std::string> fresh;
    for (const auto& address : *addresses) {
      fresh.push_back(endpoint_of({address, one.what.port}, one.key));
    }
    const auto former = std::exchange(one.endpoints, std::move(fresh));
    for (const auto& endpoint : former) {
      if (!has(endpoint)) {
        out.leave.push_back(endpoint);
      }
    }
    out.connect.insert(out.connect.end(), one.endpoints.begin(), one.endpoints.end());
  }
  return out;
}

std::vector<std::string> seed_list::endpoints() const {
  auto out = fixed_;
  for (const auto& one : names_) {
    out.insert(out.end(), one.endpoints.begin(), one.endpoints.end());
  }
  return out;
}

bool seed_list::has(const std::string& endpoint) const {
  const auto all = endpoints();
  return std::ranges::find(all, endpoint) != all.end();
}

std::string seed_list::describe() const {
  std::string out;
  const auto add = [&](const std::string& text) {
    out += (out.empty() ? "" : ", ") + text;
  };
  for (const auto& endpoint : fixed_) {
    add(endpoint);
  }
  for (const auto& one : names_) {
    auto behind = one.failure;
    for (const auto& endpoint : one.endpoints) {
      behind += (behind.empty() ? "" : " ") + endpoint;
    }
    add(format_host_port(one.what) + " (" + (behind.empty() ? "not looked up yet" : behind) + ")");
  }
  return out;
}

} // namespace troupe
