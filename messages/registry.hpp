// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/actor_load.hpp"
#include "messages/admin.hpp"
#include "messages/cache_care.hpp"
#include "messages/crash.hpp"
#include "messages/disturb.hpp"
#include "messages/embed.hpp"
#include "messages/generate.hpp"
#include "messages/inspect.hpp"
#include "messages/kv.hpp"
#include "messages/membership.hpp"
#include "messages/model.hpp"
#include "messages/move.hpp"
#include "messages/node_log.hpp"
#include "messages/place.hpp"
#include "messages/plan.hpp"
#include "messages/spawn.hpp"
#include "messages/trace.hpp"
#include "messages/transfer.hpp"
#include "messages/worker.hpp"

/// Every message of the wire: one line each; numbers are permanent and never reused.
namespace troupe {

template <class... Ms>
struct message_list {};

using registry = message_list<
    worker_report,                           // 1
    place, place_cancel, placement, refused, // 10..
    generate, cancel, stream_credit, tokens, generate_refused, stream_state, stream_query, embed,
    embedded, // 20..
    prefill, prefill_progress, kv_get, kv_put, transfer_open, part, part_ack, transfer_done,
    transfer_stopped,                                                                 // 30..
    kv_resync, kv_delta, kv_snapshot, kv_digest,                                      // 40..
    model_card_query, model_card,                                                     // 50..
    join, joined, renew, rejoin, leave, watch, members,                               // 60..
    order, order_done, order_refused, plan_query, plan_report, scale, drain, drained, // 70..
    status_query, status_report, explain_query, explain_report, node_query, node_report,
    requests_query, requests_report, prompt_query, prompt_report, trace_start, trace_started,
    trace_events, trace_stop, operator_note, operator_noted, // 80..
    crash_told, crash_held, crashes_query, crashes_report, spawn, spawn_done, spawn_ended,
    quarantine_told, quarantine_known, // 100..
    mailbox_query, mailbox_report, profile_query, profile_report, move_request, move_begun,
    disturb_link, link_disturbed, crash_process, crash_begun, // 140..
    log_query, log_report, log_level, log_level_set, heat_query, heat_report, cache_care,
    cache_cared, cordon, cordoned, router_set, router_settings, edits_query, edits_report>; // 150..

} // namespace troupe
