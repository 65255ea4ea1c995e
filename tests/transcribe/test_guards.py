"""What gives invented text away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.calls import CallInfo
from scoring.transcribe import name_prompt
from scoring.transcribe.guards import MOST_COMPRESSION, compression_ratio, leaked, loops


def test_repeated_text_compresses_more_than_speech() -> None:
    spoken = "good morning thanks for calling my name is Maya how can I help you with your order today"
    assert compression_ratio(spoken) < MOST_COMPRESSION < compression_ratio("thank you. " * 30)
    assert compression_ratio("") == 0


@pytest.mark.parametrize("length", [1, 2, 5, 12])
def test_going_round_in_circles_is_a_loop(length: int) -> None:
    assert loops([99, *list(range(length)) * 12, 98])


@pytest.mark.parametrize("tokens", [[], [1], [1, 1, 1], [1, 2] * 3, list(range(200)), [5, 6, 7] * 3 + [8, 9]])
def test_people_repeat_themselves_without_looping(tokens: list[int]) -> None:
    assert not loops(tokens)


@given(st.lists(st.integers(0, 3), max_size=30), st.lists(st.integers(0, 50), min_size=1, max_size=12))
def test_a_loop_is_found_wherever_it_stands(before: list[int], round_: list[int]) -> None:
    assert loops(before + round_ * 16)


@given(st.lists(st.integers(), unique=True, max_size=60))
def test_tokens_that_never_repeat_never_loop(tokens: list[int]) -> None:
    assert not loops(tokens)


PROMPT = "Bluebird Parcels. Agent Megan Foster, customer Thomas Reed."


@pytest.mark.parametrize("text", ["Agent Megan Foster, customer", "yes. Customer Thomas Reed.", "customer thomas reed"])
def test_the_prompts_own_words_are_a_leak(text: str) -> None:
    assert leaked(text, PROMPT)


@pytest.mark.parametrize(
    "text",
    [
        "Bluebird Parcels, this is Megan Foster.",
        "It's Thomas Reed.",
        "I spoke to an agent called Megan Foster.",
        "a customer called Thomas",
        "",
    ],
)
def test_names_that_were_said_are_no_leak(text: str) -> None:
    assert not leaked(text, PROMPT)


def test_without_a_prompt_nothing_leaks() -> None:
    assert not leaked("the agent said so", "")


@pytest.mark.parametrize(
    ("info", "company", "prompt"),
    [
        (CallInfo("a", agent_name="Megan Foster", customer_name="Thomas Reed"), "Bluebird Parcels", PROMPT),
        (CallInfo("a", customer_name="Thomas Reed"), None, "Customer Thomas Reed."),
        (CallInfo("a", agent_name="Megan"), "Acme Ltd.", "Acme Ltd. Agent Megan."),
        (CallInfo("a"), "Acme", "Acme."),
        (CallInfo("a"), None, ""),
        (CallInfo("a", agent_name="  "), " ", ""),
        (CallInfo("a", agent_name="Megan\n Foster"), None, "Agent Megan Foster."),
    ],
)
def test_the_prompt_is_a_note_and_no_greeting(info: CallInfo, company: str | None, prompt: str) -> None:
    assert name_prompt(info, company) == prompt
    assert "my name" not in prompt.lower()
