// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/http/head.hpp"

#include "runtime/http/syntax.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>

#include <limits>

namespace troupe::http {

namespace beast = boost::beast::http;

result<request> parse_head(std::string_view head, const std::string& target) {
  auto parser = beast::request_parser<beast::empty_body>{};
  parser.header_limit(static_cast<std::uint32_t>(head.size() + 1));
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  auto failed = boost::beast::error_code{};
  parser.put(boost::asio::buffer(head.data(), head.size()), failed);
  if (failed || !parser.is_header_done()) {
    return error{errc::malformed, "malformed head: " + failed.message(), {}};
  }
  auto out = request{};
  out.method = std::string{parser.get().method_string()};
  const auto question = std::min(target.find('?'), target.size());
  out.path = target.substr(0, question);
  out.query = target.substr(std::min(question + 1, target.size()));
  for (const auto& field : parser.get()) {
    const auto name = lower({field.name_string().data(), field.name_string().size()});
    auto& value = out.headers[name];
    value += value.empty() ? "" : ", ";
    value.append(field.value().data(), field.value().size());
  }
  return out;
}

result<std::string> format_head(int status, const header_list& headers) {
  auto out = "HTTP/1.1 " + std::to_string(status) + " " + std::string{reason_of(status)} + "\r\n";
  for (const auto& [name, value] : headers) {
    if (!is_token(name) || !is_field_text(value)) {
      return error{errc::invalid_value, "a header's name or value has forbidden characters", name};
    }
    ((out += name) += ": ") += value;
    out += "\r\n";
  }
  return out += "\r\n";
}

std::string_view reason_of(int status) {
  const auto text = beast::obsolete_reason(beast::int_to_status(static_cast<unsigned>(status)));
  return {text.data(), text.size()};
}

} // namespace troupe::http
