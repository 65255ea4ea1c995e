"""The names a rubric can use: behaviours, facts and measures. `signals` finds them, `rubric` checks them.

Names shared with the annotators' codebook mean the same thing there and here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scoring.calls import Role


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Something one party does in one turn, found with a probability."""

    name: str
    by: Role
    meaning: str
    words: Literal["said", "meant", "named"]  # found by phrases, by a sentence model, or by matching names


@dataclass(frozen=True, slots=True)
class Fact:
    """Something true of the whole call, one of `values`; or several of them, where not `exclusive`."""

    name: str
    values: tuple[str, ...]
    meaning: str
    exclusive: bool = True


@dataclass(frozen=True, slots=True)
class MeasureKind:
    """A number measured on the whole call."""

    name: str
    unit: str
    meaning: str
    understood: bool = False  # rests on what was said, not only on who spoke when: not measured in other languages


LANGUAGE = "en"  # ISO 639-1: the language in which behaviours and facts are found
UNDERSTOOD = ("", LANGUAGE)  # of a transcript; "" where nobody asked

_A, _C, _S = Role.AGENT, Role.CUSTOMER, Role.SYSTEM

BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour("greet_salutation", _A, "a greeting word, or thanks for calling", "said"),
    Behaviour("greet_name", _A, "the agent says their own name", "named"),
    Behaviour("greet_company", _A, "the agent names the company, brand or department", "named"),
    Behaviour("greet_offer", _A, "an offer of help; on an outbound call, its purpose", "said"),
    Behaviour("name_used", _A, "the customer is addressed by name", "named"),
    Behaviour("listen_clarify", _A, "a question that explores the need", "meant"),
    Behaviour("listen_paraphrase", _A, "the customer's need or feeling restated in other words", "meant"),
    Behaviour("listen_acknowledge", _A, "a short acknowledgement: mhm, right, I see", "said"),
    Behaviour("listen_repeat_forced", _C, "the customer has to say again what was said before", "meant"),
    Behaviour("asks_again", _A, "asks for what the customer has said already", "meant"),
    Behaviour("emp_needed", _C, "a problem told with a feeling or hardship in it", "meant"),
    Behaviour("emp_expressed", _A, "the feeling or hardship acknowledged, with sympathy or reassurance", "meant"),
    Behaviour("emp_dismissive", _A, "dismissive, blaming, sarcastic or rude words", "meant"),
    Behaviour("close_more", _A, "asks whether anything else is needed", "said"),
    Behaviour("close_next", _A, "states the outcome or the next step", "meant"),
    Behaviour("close_thanks", _A, "thanks the customer", "said"),
    Behaviour("close_bye", _A, "says goodbye or good wishes", "said"),
    Behaviour("hold", _A, "puts the customer on hold or leaves the line", "said"),
    Behaviour("hold_announced", _A, "asks or says so before a hold", "said"),
    Behaviour("hold_reason", _A, "gives the reason for the hold", "said"),
    Behaviour("hold_return", _A, "thanks for waiting, or apologises for the wait, on return", "said"),
    Behaviour("transfer", _A, "hands the customer to another person or department", "said"),
    Behaviour("hand_off", _A, "sends the customer to another channel instead of doing it", "said"),
    Behaviour("ownership", _A, "takes the matter on: I will do this", "meant"),
    Behaviour("next_step_dated", _A, "a next step with a date or a time limit", "said"),
    Behaviour("refusal", _A, "says that it cannot be done", "said"),
    Behaviour("refusal_reason", _A, "gives the cause of a refusal", "said"),
    Behaviour("alternative", _A, "offers another way", "said"),
    Behaviour("courtesy", _A, "please, thank you, you're welcome", "said"),
    Behaviour("reassurance", _A, "assures the customer that help is certain", "meant"),
    Behaviour("blame", _A, "blames the customer or argues", "meant"),
    Behaviour("recording_notice", _S, "says that the call is recorded", "said"),
    Behaviour("identity_check", _A, "checks who the customer is before speaking of an account", "said"),
    Behaviour("card_data", _C, "reads out a full card number", "said"),
    Behaviour("abuse", _C, "abusive words from the customer; a condition, never a fault of the agent", "said"),
    Behaviour("complaint", _C, "complains about the company or its service", "meant"),
    Behaviour("worked", _C, "says that it works now or is settled", "meant"),
    Behaviour("thanks_request", _A, "thanks for the request or for being a customer (written)", "said"),
    Behaviour("said_checked", _A, "says what was checked or done (written)", "meant"),
    Behaviour("try_again", _A, "asks the customer to try again (written)", "said"),
    Behaviour("sign_off", _A, "signs off with own name (written)", "named"),
    Behaviour("sign_off_department", _A, "signs off with the department or company (written)", "named"),
    Behaviour("greet_by_name", _A, "greets the customer by name (written)", "named"),
)

FACTS: tuple[Fact, ...] = (
    Fact(
        "type",
        ("normal", "no_agent", "voicemail", "midstart", "transferred", "dropped"),
        "the kind of recording",
        False,
    ),
    Fact("direction", ("inbound", "outbound"), "who called whom"),
    Fact(
        "outcome",
        ("resolved", "dated", "undated", "refused_explained", "refused_bare", "none"),
        "how the matter ended",
    ),
    Fact("name_known", ("yes", "no"), "the agent learns or already has the customer's name"),
    Fact("medium", ("call", "chat", "email"), "how the conversation was held"),
)

MEASURES: tuple[MeasureKind, ...] = (
    MeasureKind("agent_talk_share", "share", "agent's talk time over both parties' talk time"),
    MeasureKind("agent_speech_rate", "words/min", "agent's words over agent's talk time"),
    MeasureKind("customer_speech_rate", "words/min", "customer's words over customer's talk time"),
    MeasureKind("silence_count", "count", "silences over 3 s, holds excluded", understood=True),
    MeasureKind("longest_silence", "s", "the longest silence, holds excluded", understood=True),
    MeasureKind("silence_share", "share", "time in silences over 3 s over the call's length", understood=True),
    MeasureKind("talk_over_count", "count", "times the agent talks over the customer for more than 1 s"),
    MeasureKind("talk_over_seconds", "s", "time of those talk-overs together"),
    MeasureKind("hold_count", "count", "holds", understood=True),
    MeasureKind("longest_hold", "s", "the longest hold", understood=True),
    MeasureKind("time_to_agent", "s", "from the start of the recording to a live agent"),
    MeasureKind("time_to_greeting", "s", "from the start of the recording to the agent's greeting", understood=True),
    MeasureKind("duration", "s", "length of the recording"),
    MeasureKind("name_count", "count", "times the customer is addressed by name", understood=True),
    MeasureKind("acknowledgement_count", "count", "agent's short acknowledgements", understood=True),
    MeasureKind("ring_seconds", "s", "ringing time, from the manifest"),
    MeasureKind("queue_seconds", "s", "waiting time in the queue, from the manifest"),
)

BEHAVIOUR_BY_NAME = {behaviour.name: behaviour for behaviour in BEHAVIOURS}
FACT_BY_NAME = {fact.name: fact for fact in FACTS}
MEASURE_BY_NAME = {measure.name: measure for measure in MEASURES}
