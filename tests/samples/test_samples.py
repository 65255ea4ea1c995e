"""The sample calls agree with their scripts, their manifest and their truth file. No model is needed."""

from __future__ import annotations

import csv
import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from scoring.calls import CallInfo, Direction, Role
from scoring.results import Outcome
from scoring.vocabulary import BEHAVIOUR_BY_NAME, FACT_BY_NAME

SAMPLES = Path(__file__).parents[2] / "audio_samples"
CORE = SAMPLES.parent / "rubrics" / "core.yaml"
SOUND_ENDINGS = {".wav", ".flac", ".mp3", ".ogg", ".m4a"}
ALLOWED_DRIFT = 0.2  # seconds between the truth's length and the decoded one
MEBIBYTE = 1 << 20


@cache
def scripts() -> dict[str, dict[str, Any]]:
    loaded = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((SAMPLES / "scripts").glob("*.yaml"))]
    return {script["file"]: script for script in loaded}


@cache
def truths() -> dict[str, dict[str, Any]]:
    lines = (SAMPLES / "truth.jsonl").read_text("utf-8").splitlines()
    return {truth["file"]: truth for truth in map(json.loads, lines)}


@cache
def manifest() -> dict[str, dict[str, str]]:
    with (SAMPLES / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


@cache
def decoded(name: str) -> tuple[np.ndarray, int]:
    """Channels (n_channels, n) float32 in [-1, 1] and the sample rate."""
    import av

    with av.open(str(SAMPLES / name)) as file:
        resampler = av.AudioResampler("fltp", None, None)
        frames = [out.to_ndarray() for frame in file.decode(audio=0) for out in resampler.resample(frame)]
        return np.concatenate(frames, axis=1), file.streams.audio[0].rate


CALLS = sorted(path.name for path in SAMPLES.iterdir() if path.suffix in SOUND_ENDINGS)


def loudness(samples: np.ndarray) -> float:
    """RMS in dB below full scale."""
    return float(20 * np.log10(np.sqrt(np.mean(samples.astype(np.float64) ** 2)) + 1e-9))


def channel_of(role: str, truth: dict[str, Any]) -> int:
    if truth["layout"] == "mono":
        return 0
    return 1 - truth["agent_channel"] if role == "customer" else truth["agent_channel"]


# --- the four lists name the same calls


def test_recordings_scripts_manifest_and_truth_name_the_same_calls() -> None:
    assert len(CALLS) >= 16
    assert set(CALLS) == set(scripts()) == set(truths()) == set(manifest())


def test_the_script_of_a_call_bears_its_name() -> None:
    for path in (SAMPLES / "scripts").glob("*.yaml"):
        assert path.stem == Path(yaml.safe_load(path.read_text("utf-8"))["file"]).stem


def test_each_readme_row_names_a_call_and_each_call_has_a_row() -> None:
    named = re.findall(r"^\| `(\S+)`", (SAMPLES / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(named) == CALLS


# --- the recordings


@pytest.mark.parametrize("name", CALLS)
def test_a_recording_decodes_to_the_length_and_layout_of_its_truth(name: str) -> None:
    sound, rate = decoded(name)
    truth = truths()[name]
    assert sound.shape[0] == (2 if truth["layout"] == "stereo" else 1)
    assert sound.shape[1] / rate == pytest.approx(truth["duration"], abs=ALLOWED_DRIFT)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() <= 1.0
    assert 35 <= truth["duration"] <= 130


@pytest.mark.parametrize("name", CALLS)
def test_every_turn_is_heard_on_its_own_channel(name: str) -> None:
    sound, rate = decoded(name)
    truth = truths()[name]
    for turn in truth["turns"]:
        channel = channel_of(turn["role"], truth)
        spoken = sound[channel, int(turn["start"] * rate) : int(turn["end"] * rate)]
        assert loudness(spoken) > -40, (turn["text"], loudness(spoken))
        others = [t for t in truth["turns"] + truth["sounds"] if t is not turn]
        alone = all(o["end"] < turn["start"] or o["start"] > turn["end"] for o in others)
        if truth["layout"] == "stereo" and alone:
            silent = sound[1 - channel, int(turn["start"] * rate) : int(turn["end"] * rate)]
            assert loudness(silent) < loudness(spoken) - 12, turn["text"]


@pytest.mark.parametrize("name", CALLS)
def test_turn_edges_are_the_edges_of_the_sound(name: str) -> None:
    sound, rate = decoded(name)
    truth = truths()[name]
    everything = truth["turns"] + truth["sounds"]
    mono = sound.max(axis=0)
    for turn in truth["turns"]:
        before = [o["end"] for o in everything if o["start"] < turn["start"]]
        quiet_from = max([0.0, *before]) + 0.1
        if quiet_from + 0.1 < turn["start"] - 0.05:
            gap = mono[int(quiet_from * rate) : int((turn["start"] - 0.05) * rate)]
            first = mono[int(turn["start"] * rate) : int((turn["start"] + 0.4) * rate)]
            assert loudness(gap) < loudness(first) - 6, turn["text"]


def test_a_line_is_never_digitally_silent_and_stays_in_the_telephone_band() -> None:
    for name in CALLS:
        sound, rate = decoded(name)
        for channel in sound:
            pieces = channel[: len(channel) // rate * rate].reshape(-1, rate)
            assert min(loudness(piece) for piece in pieces[:-1]) > -90, name
            power = (np.abs(np.fft.rfft(pieces)) ** 2).sum(axis=0)
            hertz = np.fft.rfftfreq(rate, 1 / rate)
            inside = power[(hertz > 200) & (hertz < 3_600)].sum()
            assert inside > 0.97 * power.sum(), name


def test_formats_layouts_and_size() -> None:
    assert {Path(name).suffix for name in CALLS} == SOUND_ENDINGS
    assert {script["codec"] for script in scripts().values()} == {"mulaw", "pcm16", "flac", "mp3", "opus", "aac"}
    assert sum(truth["layout"] == "mono" for truth in truths().values()) >= 3
    assert {truth["agent_channel"] for truth in truths().values()} == {0, 1, None}
    assert sum((SAMPLES / name).stat().st_size for name in CALLS) < 12 * MEBIBYTE
    assert 14 * 60 <= sum(truth["duration"] for truth in truths().values()) <= 25 * 60


def test_the_parties_of_some_calls_differ_in_level() -> None:
    differences = [
        abs(s["level"]["agent"] - s["level"]["customer"]) for s in scripts().values() if "agent" in s["level"]
    ]
    assert sum(difference >= 4 for difference in differences) >= 3


# --- the manifest


def test_the_manifest_has_the_fields_of_a_call_and_values_of_their_kind() -> None:
    for row in manifest().values():
        assert set(row) == set(CallInfo.__dataclass_fields__)
        Direction(row["direction"] or "unknown")
        assert row["agent_channel"] in {"", "0", "1"}
        if row["started_at"]:
            assert datetime.fromisoformat(row["started_at"]).tzinfo is not None
        for column, (low, high) in {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7), "ring_seconds": (0, 999)}.items():
            assert row[column] == "" or low <= float(row[column]) <= high


def test_what_the_manifest_says_is_what_the_script_says() -> None:
    for name, row in manifest().items():
        given = {column: value for column, value in row.items() if value and column != "file"}
        assert given == {column: str(value) for column, value in scripts()[name]["manifest"].items()}
        if row["agent_channel"]:
            assert int(row["agent_channel"]) == truths()[name]["agent_channel"]
        if row["direction"]:
            assert row["direction"] == truths()[name]["direction"]


def test_four_agents_on_two_teams_over_three_months_and_one_agent_unknown() -> None:
    rows = list(manifest().values())
    known = {row["agent_id"]: (row["agent_name"], row["team"]) for row in rows if row["agent_id"]}
    assert len(known) >= 4
    assert all(sum(row["agent_id"] == agent for row in rows) >= 3 for agent in known)
    assert len({team for _, team in known.values()}) == 2
    assert sum(not row["agent_id"] and not row["agent_name"] for row in rows) == 1
    assert len({row["started_at"][:7] for row in rows if row["started_at"]}) == 3


def test_every_column_is_left_empty_somewhere() -> None:
    rows = list(manifest().values())
    for column in set(CallInfo.__dataclass_fields__) - {"file"}:
        assert any(not row[column] for row in rows), column
        assert any(row[column] for row in rows), column


def test_an_agent_sounds_the_same_in_every_call_and_never_like_a_customer() -> None:
    voices: dict[str, set[str]] = {}
    customers = set()
    for script in scripts().values():
        customers.add(script["voices"]["customer"])
        if "agent" in script["voices"]:
            voices.setdefault(script["manifest"].get("agent_id", "unknown"), set()).add(script["voices"]["agent"])
        assert len(set(script["voices"].values())) == len(script["voices"])
    assert all(len(used) == 1 for used in voices.values())
    known = set.union(*(used for agent, used in voices.items() if agent != "unknown"))
    assert not known & customers
    assert len(customers) >= 12


# --- the truth


def test_truth_turns_are_the_script_lines_with_times_inside_the_recording() -> None:
    for name, truth in truths().items():
        lines = [
            (role, t[role]) for t in scripts()[name]["turns"] for role in ("agent", "customer", "system") if role in t
        ]
        assert sorted((t["role"], t["text"]) for t in truth["turns"]) == sorted(lines)
        starts = [turn["start"] for turn in truth["turns"]]
        assert starts == sorted(starts)
        for turn in truth["turns"]:
            assert 0 <= turn["start"] < turn["end"] <= truth["duration"]
            assert Role(turn["role"]) is not Role.UNKNOWN
            rate = len(turn["text"].split()) / (turn["end"] - turn["start"])
            assert rate < 7, turn["text"]


def test_truth_judges_every_core_criterion_with_a_known_outcome() -> None:
    ids = {criterion["id"] for criterion in yaml.safe_load(CORE.read_text("utf-8"))["criteria"]}
    for truth in truths().values():
        assert set(truth["criteria"]) == ids
        assert {Outcome(value) for value in truth["criteria"].values()} <= set(Outcome) - {Outcome.UNSURE}
        assert truth["criteria"] == scripts()[truth["file"]]["criteria"]


def test_each_outcome_of_each_criterion_occurs() -> None:
    for criterion in next(iter(truths().values()))["criteria"]:
        seen = {truth["criteria"][criterion] for truth in truths().values()}
        assert seen == {"met", "not_met", "not_applicable"}, criterion


def test_items_are_the_codebooks_and_complete() -> None:
    asked = {
        *(f"greet_{part}" for part in ("salutation", "name", "company", "offer")),
        *("name_known", "name_used", "name_count", "listen_clarify", "listen_paraphrase", "listen_repeat_forced"),
        *("emp_needed", "emp_expressed", "emp_dismissive", "close_more", "close_next", "close_thanks", "close_bye"),
        *("hold", "hold_announced", "hold_return", "outcome"),
    }
    for truth in truths().values():
        items = truth["items"]
        assert set(items) == asked
        assert all(items[key] in {"y", "n", "na"} for key in asked - {"name_count", "outcome"})
        assert items["outcome"] in {*FACT_BY_NAME["outcome"].values, "na"}
        assert set(truth["type"]) <= set(FACT_BY_NAME["type"].values)
    assert asked - {"name_known", "name_count", "outcome"} <= set(BEHAVIOUR_BY_NAME)


def expected_outcomes(truth: dict[str, Any]) -> dict[str, str]:
    """What the standard makes of the codebook items; the reader's own outcome must not contradict it."""
    items, kind = truth["items"], set(truth["type"])
    alone = bool(kind & {"no_agent", "voicemail"})

    def every(*names: str) -> str:
        return "met" if all(items[name] == "y" for name in names) else "not_met"

    opening = every("greet_salutation", "greet_name", "greet_company", "greet_offer")
    closing = every("close_more", "close_next", "close_thanks", "close_bye")
    listening = every("listen_clarify", "listen_paraphrase") if items["listen_repeat_forced"] == "n" else "not_met"
    empathy = every("emp_expressed") if items["emp_needed"] == "y" else "not_applicable"
    return {
        "greeting": "not_applicable" if alone or "midstart" in kind else opening,
        "name_use": "not_applicable" if alone or items["name_known"] == "n" else every("name_used"),
        "listening": "not_applicable" if alone else listening,
        "empathy": "not_applicable" if alone else empathy,
        "farewell": "not_applicable" if alone or kind & {"transferred", "dropped"} else closing,
    }


@pytest.mark.parametrize("name", CALLS)
def test_criteria_and_items_do_not_contradict_one_another(name: str) -> None:
    truth = truths()[name]
    left_out = dict.fromkeys(truth["criteria"], "not_applicable")  # of rubrics in English
    assert truth["criteria"] == (left_out if "language" in truth else expected_outcomes(truth))
    items = truth["items"]
    assert (items["name_count"] > 0) == (items["name_used"] == "y")
    assert (items["emp_expressed"] == "na") == (items["emp_needed"] == "n" or "no_agent" in truth["type"])
    assert (items["hold"] == "y") == (items["hold_announced"] != "na")


# --- the situations


def spoken(truth: dict[str, Any], role: str) -> list[dict[str, Any]]:
    return [turn for turn in truth["turns"] if turn["role"] == role]


def overlaps(truth: dict[str, Any]) -> list[tuple[dict[str, Any], float]]:
    """The agent's turns that begin while the customer speaks, with the seconds both speak."""
    return [
        (a, min(a["end"], c["end"]) - a["start"])
        for a in spoken(truth, "agent")
        for c in spoken(truth, "customer")
        if c["start"] < a["start"] < c["end"]
    ]


def longest_gap(truth: dict[str, Any]) -> float:
    heard, longest = 0.0, 0.0
    for event in sorted(
        truth["turns"] + [s for s in truth["sounds"] if s["kind"] != "silence"], key=lambda e: e["start"]
    ):
        longest, heard = max(longest, event["start"] - heard), max(heard, event["end"])
    return longest


def angry(truth: dict[str, Any]) -> bool:
    return any(re.search("disgrace|ridiculous|worst service", turn["text"]) for turn in spoken(truth, "customer"))


def is_hold(t: dict[str, Any]) -> bool:
    tune = next((s for s in t["sounds"] if s["kind"] == "music"), None)
    return (
        tune is not None
        and any(tune["start"] < turn["start"] < turn["end"] < tune["end"] for turn in spoken(t, "system"))
        and t["items"]["hold_return"] == "y"
    )


def own_name_is_the_customers(t: dict[str, Any]) -> bool:
    row = manifest()[t["file"]]
    return bool(row["agent_name"]) and row["agent_name"].split()[0] == row["customer_name"].split(" ")[0]


SITUATIONS = {
    "a hold with a system message and a return": is_hold,
    "an angry caller met well": lambda t: angry(t) and t["criteria"]["empathy"] == "met",
    "an angry caller met badly": lambda t: angry(t) and t["items"]["emp_dismissive"] == "y",
    "a voicemail": lambda t: "voicemail" in t["type"] and not spoken(t, "agent"),
    "a transfer": lambda t: "transferred" in t["type"],
    "a call that begins after the greeting": lambda t: "midstart" in t["type"] and t["turns"][0]["start"] < 0.3,
    "a call that breaks off": lambda t: "dropped" in t["type"],
    "an outbound call": lambda t: t["direction"] == "outbound",
    "forty seconds of silence": lambda t: 39 < longest_gap(t) < 42 and t["items"]["hold"] == "n",
    "a menu before the agent": lambda t: t["turns"][0]["role"] == "system" and bool(spoken(t, "agent")),
    "a name never used": lambda t: t["items"]["name_known"] == "y" and t["items"]["name_used"] == "n",
    "a name never known": lambda t: t["items"]["name_known"] == "n" and bool(spoken(t, "agent")),
    "agent and customer of one name": own_name_is_the_customers,
    "a question without a paraphrase": lambda t: (
        t["items"]["listen_clarify"] == "y" and t["items"]["listen_paraphrase"] == "n"
    ),
    "talk-over for more than a second, twice": lambda t: sum(long > 1 for _, long in overlaps(t)) >= 2,
    "back-channels under the other's speech": lambda t: (
        sum(len(turn["text"].split()) <= 2 for turn, _ in overlaps(t)) >= 2
    ),
    "a refusal with an alternative": lambda t: t["items"]["outcome"] == "refused_explained",
    "a bare refusal": lambda t: t["items"]["outcome"] == "refused_bare",
    "needed sympathy left unsaid without rudeness": lambda t: (
        t["criteria"]["empathy"] == "not_met" and t["items"]["emp_dismissive"] == "n"
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_situation_occurs(situation: str) -> None:
    assert [name for name, truth in truths().items() if SITUATIONS[situation](truth)], situation


def test_a_wrong_name_is_no_use_of_the_name() -> None:
    agent_words = " ".join(turn["text"] for turn in spoken(truths()["10_water_wrong_name.wav"], "agent"))
    assert "Susan" in agent_words
    assert "Joanne" not in agent_words
    assert truths()["10_water_wrong_name.wav"]["criteria"]["name_use"] == "not_met"


@pytest.mark.parametrize("name", CALLS)
def test_where_the_reader_counted_names_the_agent_said_one_of_them(name: str) -> None:
    truth, customer = truths()[name], manifest()[name]["customer_name"]
    if not customer or own_name_is_the_customers(truth):
        return
    said = [any(part in turn["text"] for part in customer.split()) for turn in spoken(truth, "agent")]
    assert sum(said) >= truth["items"]["name_count"]


# --- our own words


def test_openings_differ_and_words_are_spoken_english() -> None:
    openings = [spoken(truth, "agent")[0]["text"] for truth in truths().values() if spoken(truth, "agent")]
    assert len(set(openings)) == len(openings)
    everything = " ".join(turn["text"] for truth in truths().values() for turn in truth["turns"])
    assert len(re.findall(r"\w'(s|re|ll|ve|d|m|t)\b", everything)) > 100
    assert len(re.findall(r"\b([Uu]m|[Ee]r)\b", everything)) >= 20
    assert not re.search(r"\d", everything)
