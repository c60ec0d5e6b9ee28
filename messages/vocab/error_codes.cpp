// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/vocab/error_codes.hpp"

#include <algorithm>
#include <array>

namespace troupe {

namespace {

constexpr std::string_view invalid = "invalid_request_error";
constexpr std::string_view server = "server_error";
constexpr std::string_view overload = "overloaded_error";

constexpr std::array table{
    error_row{errc::none, "none", 200, "", 0},
    error_row{errc::malformed, "malformed", 400, invalid, 2},
    error_row{errc::invalid_value, "invalid_value", 400, invalid, 2},
    error_row{errc::too_large, "too_large", 400, invalid, 2},
    error_row{errc::not_found, "not_found", 404, invalid, 1},
    error_row{errc::io_failed, "io_failed", 500, server, 1},
    error_row{errc::timeout, "timeout", 504, server, 4},
    error_row{errc::overloaded, "overloaded", 503, overload, 4},
    error_row{errc::peer_gone, "peer_gone", 503, server, 3},
    error_row{errc::unknown_type, "unknown_type", 500, server, 1},
    error_row{errc::cancelled, "cancelled", 499, invalid, 1},
    error_row{errc::internal, "internal", 500, server, 1},
    error_row{errc::unsupported, "unsupported", 400, invalid, 1},
    error_row{errc::port_in_use, "port_in_use", 500, server, 1},
    error_row{errc::unknown_option, "unknown_option", 400, invalid, 2},
    error_row{errc::forbidden, "forbidden", 403, invalid, 1},
    error_row{errors::prompt_too_long, "context_length_exceeded", 400, invalid, 1},
    error_row{errors::model_not_found, "model_not_found", 404, invalid, 1},
    error_row{errors::no_capacity, "no_capacity", 503, overload, 4},
    error_row{errors::draining, "draining", 503, overload, 4},
    error_row{errors::wrong_model, "wrong_model", 503, server, 4},
    error_row{errors::stream_broken, "stream_broken", 503, server, 1},
    error_row{errors::no_worker, "no_worker", 503, overload, 4},
    error_row{errors::request_quarantined, "request_quarantined", 500, server, 1},
    error_row{errors::invalid_request, "invalid_request", 400, invalid, 2},
    error_row{errors::model_invalid, "model_invalid", 500, server, 1},
    error_row{errors::template_failed, "template_failed", 400, invalid, 1},
    error_row{errors::stale_epoch, "stale_epoch", 409, server, 1},
    error_row{errors::transfer_failed, "transfer_failed", 503, server, 1},
    error_row{errors::body_too_large, "body_too_large", 413, invalid, 1},
    error_row{errors::method_not_allowed, "method_not_allowed", 405, invalid, 1},
    error_row{errors::route_not_found, "route_not_found", 404, invalid, 1},
    error_row{errors::budget_exhausted, "budget_exhausted", 503, server, 1},
};

} // namespace

const error_row& row_of(errc code) {
  const auto row = std::ranges::find(table, code, &error_row::code);
  return row != table.end() ? *row : row_of(errc::internal);
}

std::span<const error_row> error_table() {
  return table;
}

} // namespace troupe
