// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/outbox.hpp"
#include "runtime/bus/message.hpp"

#include <utility>

namespace troupe {

/// Whom to answer later, without what came: keeps neither the body nor the peer's credit.
inline delivery address_of(const delivery& what) {
  return {.from = what.from, .what = what.what, .request_id = what.request_id};
}

/// Answers a request as its response and a tell by a tell, for messages that may come either way.
template <bus_message M>
void answer(outbox& out, const delivery& asked, M what) {
  if (asked.what == delivery::kind::request) {
    out.respond(asked, std::move(what));
  } else {
    out.tell(asked.from, std::move(what));
  }
}

} // namespace troupe
