// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/redis/address.hpp"

#include <charconv>

namespace troupe::redis {

namespace {

constexpr std::string_view scheme = "redis://";
constexpr std::string_view usual_port = ":6379";

} // namespace

result<address> parse_address(std::string_view text, const std::string& field) {
  const auto wrong = [&](const std::string& what) {
    return error{.code = errc::invalid_value,
                 .text = what + "; write redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]",
                 .field = field};
  };
  if (!text.starts_with(scheme)) {
    return wrong("the address does not begin with redis://");
  }
  auto rest = text.substr(scheme.size());
  address out;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    const auto login = rest.substr(0, at);
    const auto colon = login.find(':');
    if (colon == std::string_view::npos) {
      return wrong("there is no ':' before the password");
    }
    out.user = login.substr(0, colon);
    out.password = login.substr(colon + 1);
    rest.remove_prefix(at + 1);
  }
  if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
    const auto digits = rest.substr(slash + 1);
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), out.database);
    if (!digits.empty() && (failed != std::errc{} || end != digits.data() + digits.size())) {
      return wrong("the database is no number");
    }
    rest = rest.substr(0, slash);
  }
  std::string where(rest);
  const bool has_port = where.rfind(':') != std::string::npos && !where.ends_with(']');
  auto parsed = parse_host_port(has_port ? where : where + std::string(usual_port), "", field);
  if (!parsed) {
    return wrong("'" + where.substr(0, 300) + "' is no host and port");
  }
  out.where = *std::move(parsed);
  return out;
}

std::string format_address(const address& what) {
  return std::string(scheme) + format_host_port(what.where)
         + (what.database == 0 ? "" : "/" + std::to_string(what.database));
}

} // namespace troupe::redis
