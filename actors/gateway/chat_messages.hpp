// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/json/fields.hpp"
#include "runtime/json/value.hpp"

namespace troupe {

/// The `messages` and `tools` of a chat request, checked and brought into the shape that chat
/// templates expect (chat_request::messages). The first fault is left with the reader's complaints.
/// Thread: any. Checked: test/unit/gateway/chat_request_test.cpp
[[nodiscard]] json::value read_messages(const json::object_reader& body);

/// Null without tools or with tool_choice "none".
[[nodiscard]] json::value read_tools(const json::object_reader& body);

} // namespace troupe
