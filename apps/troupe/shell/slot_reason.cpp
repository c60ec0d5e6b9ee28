// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/slot_reason.hpp"

#include "apps/troupe/shell/plan_diff.hpp"

#include <algorithm>

namespace troupe::shell {

namespace {

std::string ago(std::uint64_t ms) {
  return cell_text(static_cast<double>(ms) / 1000) + " s ago";
}

std::string edit_line(const slot_facts& all, const std::optional<edit_record>& last) {
  if (all.edits.planners == 0) {
    return "edited: not known, as no planner is a member";
  }
  if (last) {
    return "edited: " + act_name(*last) + " by "
           + (last->who.empty() ? "nobody in particular" : last->who) + ", " + ago(last->age_ms)
           + ": " + last->outcome;
  }
  if (!all.edits.failures.empty()) {
    return "edited: not known; " + all.edits.failures.front();
  }
  return all.what.slot.generation <= 1 ? "edited: never; it is as its agent's cluster file says"
                                       : "edited: no planner remembers by whom";
}

std::string end_line(const slot_facts& all) {
  const auto& slot = all.what.slot;
  if (all.crash && all.crash->how == slot.last_end) {
    return "last end: " + all.crash->how + (all.crash->proves ? ", of itself" : ", from outside")
           + ", " + ago(all.crash->age_ms) + ", after "
           + cell_text(static_cast<double>(all.crash->uptime_ms) / 1000) + " s";
  }
  return "last end: " + (slot.last_end.empty() ? "none" : slot.last_end);
}

void explain_phase(const slot_facts& all, slot_reason& out) {
  const auto& slot = all.what.slot;
  if (!slot.gave_up.empty()) {
    out.lines.push_back("gave up: " + slot.gave_up);
    out.remedies.push_back("`crashes " + slot.slot
                           + "` shows what it died of; when that is mended, `restart " + slot.slot
                           + "` begins anew");
    return;
  }
  switch (slot.phase) {
    case slot_phase::backing_off:
      out.lines.emplace_back("it waits before its next start: deaths in a row are answered with "
                             "longer and longer pauses, and a group waits for its own to end");
      out.remedies.push_back("`crashes " + slot.slot
                             + "` shows what it died of; it is started again by itself");
      break;
    case slot_phase::stopped:
      out.remedies.push_back("`plan apply FILE` starts it if the file names it, or `scale "
                             + slot.want.roles + " COUNT`");
      break;
    case slot_phase::stopping:
      out.lines.emplace_back(out.wanted ? "its process ends in good order and is started again"
                                        : "its process ends in good order");
      break;
    case slot_phase::starting:
    case slot_phase::running:
      if (!all.is_member) {
        out.lines.emplace_back("its process runs and is no member of the cluster");
        out.remedies.push_back("if it stays so see " + slot.slot
                               + ".log in the run directory of its host");
      }
      break;
  }
}

} // namespace

slot_reason reason_of(const slot_facts& all) {
  const auto& slot = all.what.slot;
  slot_reason out{.wanted = is_wanted(slot, all.edits.edits)};
  const auto last = std::ranges::find(all.edits.edits, slot.slot, &edit_record::slot);
  if (last != all.edits.edits.end()) {
    out.edited = *last;
  }
  out.lines.push_back(
      slot.slot + " on " + all.what.agent + ": " + std::string(phase_name(slot.phase))
      + (slot.pid != 0 ? ", pid " + std::to_string(slot.pid) : "") + ", restarts "
      + std::to_string(slot.restarts) + ", generation " + std::to_string(slot.generation));
  out.lines.push_back(std::string("wanted: ")
                      + (out.wanted ? "runs as " : "at rest; it would run as ")
                      + in_words(slot.want));
  out.lines.push_back(edit_line(all, out.edited));
  out.lines.push_back(end_line(all));
  explain_phase(all, out);
  out.lines.push_back(all.agent_linked ? "agent: linked"
                                       : "agent: not linked; all this is as of its last word");
  if (!all.agent_linked) {
    out.remedies.push_back("see `nodes` and whether the agent on " + all.what.agent
                           + " runs: without it nothing is started again");
  }
  if (all.edits.planners == 0) {
    out.remedies.emplace_back("no planner is a member, so nothing can be edited; start one with "
                              "--role planner");
  }
  return out;
}

} // namespace troupe::shell
