"""What the model says of a piece of speech. The order is that of its outputs; names are those of the vocabulary."""

from __future__ import annotations

from scoring.calls import Role

ROLES = (Role.AGENT, Role.CUSTOMER, Role.SYSTEM)

# the last four of an agent are no behaviours: they teach the model what only looks like one
AGENT_SHOWS = (
    "greet_salutation", "greet_name", "greet_company", "greet_offer", "name_used", "listen_clarify",
    "listen_paraphrase", "listen_acknowledge", "asks_again", "emp_expressed", "emp_dismissive", "close_more",
    "close_next", "close_thanks", "close_bye", "hold", "hold_announced", "hold_return", "transfer", "refusal",
    "refusal_reason", "alternative", "next_step_dated", "ownership", "reassurance", "blame", "said_checked",
    "data_question", "readback", "small_sorry", "third_person",
)  # fmt: skip
CUSTOMER_SHOWS = ("listen_repeat_forced", "emp_needed", "complaint", "worked")
LABELS = (*AGENT_SHOWS, *CUSTOMER_SHOWS)


def shown_by(role: Role) -> range:
    """The places in LABELS of what a party can show; a recorded prompt shows nothing, an unknown speaker anything."""
    return {
        Role.AGENT: range(len(AGENT_SHOWS)),
        Role.CUSTOMER: range(len(AGENT_SHOWS), len(LABELS)),
        Role.SYSTEM: range(0),
    }.get(role, range(len(LABELS)))
