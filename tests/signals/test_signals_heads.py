"""The examples, the fit, and the heads that ship with callscore."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import CACHE
from talk import HashEncoder, bare, talk

from scoring.calls import CallInfo, Role, Transcript, Turn
from scoring.errors import WeightsError
from scoring.signals import Company, Encoder, detect, load_encoder
from scoring.signals import examples as ex
from scoring.signals import heads as shipped
from scoring.signals.examples import SHORT, TRAINING, applies, read, read_all, varied
from scoring.signals.heads import CALL_RATES, CARD, HEADS, Heads, load_heads, save_heads
from scoring.signals.text import norm
from scoring.signals.train import auc, calibrate, embed_examples, figures, fit, held_out, labels, tfidf, towards_calls
from scoring.vocabulary import BEHAVIOUR_BY_NAME, BEHAVIOURS

# examples


def test_every_behaviour_that_is_meant_has_examples_of_both_kinds() -> None:
    rows = read_all()
    for name in HEADS:
        shown = sum(name in row.shows for row in rows)
        others = sum(applies(row, name) and name not in row.shows for row in rows)
        assert shown >= 40, name
        assert others >= 80, name


def test_heads_judge_what_the_vocabulary_calls_meant() -> None:
    meant = {b.name for b in BEHAVIOURS if b.words == "meant"} - {"listen_repeat_forced"}  # by likeness
    assert set(HEADS) == meant == set(SHORT.values())
    assert len(CALL_RATES) == len(HEADS)
    for name in HEADS:
        assert BEHAVIOUR_BY_NAME[name].by in (Role.AGENT, Role.CUSTOMER)


def test_held_out_sentences_are_never_trained_on() -> None:
    trained = {norm(row.text) for row in read_all()}
    assert not trained & {norm(row.text) for row in read_all(ex.HELD_OUT)}


def test_no_sentence_is_labelled_in_two_ways() -> None:
    seen: dict[tuple[str, str, Role], frozenset[str]] = {}
    for row in read_all():
        key = (norm(row.before), norm(row.text), row.role)
        assert seen.setdefault(key, row.shows) == row.shows, row.text


def test_variations_keep_labels_and_lines_together() -> None:
    rows = read_all()
    groups = {row.group: row.shows for row in rows}
    for row in varied(rows):
        assert row.shows == groups[row.group]
        assert "{" not in row.text + row.before


@pytest.mark.parametrize("line", ["emp | only two", "empathy | before | text", "no bars at all"])
def test_a_faulty_row_is_refused(line: str, tmp_path: Path) -> None:
    file = tmp_path / "rows.txt"
    file.write_text(line + "\n")
    with pytest.raises(ValueError):  # noqa: PT011 - too few parts, or no label
        read(file)


def test_a_row_may_be_left_out_of_a_head(tmp_path: Path) -> None:
    file = tmp_path / "customer_x.txt"
    file.write_text("# note\ncomplaint ?needed | before | it broke again\n")
    (row,) = read(file)
    assert applies(row, "complaint")
    assert not applies(row, "emp_needed")
    assert not applies(row, "ownership")


# the fit


def test_a_fit_separates_what_can_be_separated_and_is_the_same_twice() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(200, 4)).astype(np.float32)
    y = np.stack([x[:, 0] > 0, x[:, 1] + x[:, 2] > 0], axis=1).astype(float)
    counts = np.ones(y.shape, dtype=bool)
    weights, bias = fit(x, y, counts, 0.1)
    again = fit(x, y, counts, 0.1)
    assert np.array_equal(weights, again[0])
    assert (((x @ weights.T + bias) > 0) == (y > 0.5)).mean() > 0.97
    assert abs(weights[0, 0]) > 5 * abs(weights[0, 3])


def test_rows_that_do_not_count_do_not_matter() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(60, 3))
    y = (x[:, :1] > 0).astype(float)
    counts = np.ones(y.shape, dtype=bool)
    counts[:20] = False
    weights, _ = fit(x, y, counts, 1.0)
    only, _ = fit(x[20:], y[20:], counts[20:], 1.0)
    assert np.allclose(weights, only, atol=1e-6)


def test_calibration_mends_logits_that_are_too_sure() -> None:
    rng = np.random.default_rng(7)
    true = rng.normal(size=(4000, 1))
    y = (rng.random((4000, 1)) < 1 / (1 + np.exp(-true))).astype(float)
    slope, shift = calibrate(5.0 * true, y, np.ones(y.shape, dtype=bool))
    assert slope[0] == pytest.approx(0.2, abs=0.03)
    assert shift[0] == pytest.approx(0.0, abs=0.1)


def test_rare_behaviours_are_moved_towards_their_rate_in_calls() -> None:
    shown = np.full((100, len(HEADS)), 0.0)
    shown[:30] = 1.0
    move = towards_calls(shown, np.ones(shown.shape, dtype=bool))
    assert np.all(move < 0)
    assert move[HEADS.index("blame")] < move[HEADS.index("listen_clarify")]


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_auc_is_the_share_of_pairs_in_order(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([float(s) for s, _ in rows])
    shown = np.array([float(y) for _, y in rows])
    pairs = [(a, b) for a in scores[shown > 0.5] for b in scores[shown < 0.5]]
    expected = sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs) if pairs else None
    got = auc(scores, shown)
    assert got == expected if expected is None else got == pytest.approx(expected)


def test_figures_of_a_perfect_and_of_a_silent_judge() -> None:
    shown = np.zeros((4, len(HEADS)))
    shown[:2] = 1.0
    counts = np.ones(shown.shape, dtype=bool)
    assert figures(shown, shown, counts)["blame"] == {
        "n": 4, "positive": 2, "auc": 1.0, "precision": 1.0, "recall": 1.0, "f1": 1.0,
    }  # fmt: skip
    assert figures(shown * 0.0, shown, counts)["blame"]["precision"] is None


def test_the_baseline_has_rows_of_length_one_or_none() -> None:
    lengths = np.linalg.norm(tfidf(read_all(("customer.txt",))), axis=1)
    assert np.all((np.abs(lengths - 1) < 1e-9) | (lengths == 0))


def test_labels_follow_the_rows() -> None:
    rows = read_all()
    shown, counts = labels(rows)
    assert shown.shape == counts.shape == (len(rows), len(HEADS))
    assert not (shown.astype(bool) & ~counts).any()
    assert embed_examples(rows[:3], HashEncoder()).shape[0] == 3


# what ships


def test_the_card_tells_of_these_heads() -> None:
    card = json.loads(CARD.read_text())
    texts = [(ex.FOLDER / name).read_bytes() for name in TRAINING if (ex.FOLDER / name).exists()]
    assert card["examples_sha256"] == hashlib.sha256(b"\n".join(texts)).hexdigest(), "run scoring.signals.train again"
    assert set(card["held_out"]) == set(HEADS)
    assert {"head", "rules", "head_and_rules", "tfidf"} == set(card["cross_validated"])
    assert card["limits"]
    assert card["sources"]


def test_the_heads_beat_the_baseline() -> None:
    card = json.loads(CARD.read_text())["cross_validated"]
    for name in HEADS:
        assert card["head"][name]["auc"] > card["tfidf"][name]["auc"], name


def test_heads_survive_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heads = load_heads()
    save_heads(heads, {"what": "copy"}, tmp_path)
    monkeypatch.setattr(shipped, "WEIGHTS", tmp_path / "heads.safetensors")
    copy = load_heads.__wrapped__()
    assert all(np.array_equal(getattr(copy, n), getattr(heads, n)) for n in ("weights", "bias", "slope", "shift"))


def test_heads_for_other_features_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "WEIGHTS", tmp_path / "heads.safetensors")
    with pytest.raises(WeightsError, match="cannot be read"):
        load_heads.__wrapped__()
    save_heads(Heads(np.zeros((2, 3)), np.zeros(2), np.zeros(2), np.zeros(2)), {}, tmp_path)
    with pytest.raises(WeightsError, match="other features"):
        load_heads.__wrapped__()


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    import torch

    torch.set_num_threads(1)
    return load_encoder(CACHE)


@pytest.mark.models
def test_the_shipped_heads_reproduce_the_card(encoder: Encoder) -> None:
    card = json.loads(CARD.read_text())
    assert card["encoder_sha256"] == encoder.fingerprint
    again = held_out(load_heads(), encoder)
    for name in HEADS:
        for figure in ("auc", "precision", "recall"):
            expected = card["held_out"][name][figure]
            assert again[name][figure] == (None if expected is None else pytest.approx(expected, abs=0.02)), name


@pytest.mark.models
def test_embeddings_are_of_length_one_and_do_not_depend_on_the_batch(encoder: Encoder) -> None:
    texts = ["hello there", "a much longer sentence about a broken boiler in the cellar", "", "hello there"]
    made = encoder.embed(texts)
    assert made.shape == (4, 384)
    assert np.allclose(np.linalg.norm(made, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(made[0], made[3])
    alone = np.concatenate([encoder.embed([text]) for text in texts])
    assert np.allclose(made, alone, atol=1e-5)
    assert encoder.embed([]).shape == (0, 384)


MEANT = {
    "listen_clarify": ["And since when has the lamp been flickering?", "what exactly happens when you press it"],
    "listen_paraphrase": ["So the lamp is new, but it won't stay on."],
    "emp_expressed": ["Oh no, that is really upsetting, I'm sorry you had to see that."],
    "close_next": ["The electrician will ring you on Thursday and then come by."],
    "reassurance": ["Don't be afraid, we will get the light back on for you."],
}


@pytest.mark.models
@pytest.mark.parametrize(("behaviour", "text"), [(b, t) for b, texts in MEANT.items() for t in texts])
def test_meaning_is_found_in_new_sentences(encoder: Encoder, behaviour: str, text: str) -> None:
    before = Turn(Role.CUSTOMER, "My new lamp keeps going out and my little boy is scared of the dark.")
    for said in (text, bare(text)):
        transcript = Transcript((before, Turn(Role.AGENT, said)))
        hits = detect(transcript, CallInfo("x"), Company(), encoder).signals.hits
        assert any(h.behaviour == behaviour and h.probability >= 0.5 for h in hits), said


@pytest.mark.models
@pytest.mark.parametrize(
    "text", ["Sorry, what was that?", "Sorry, one moment.", "May I have your phone number?", "Okay, twelve Oak Street."]
)
def test_everyday_words_mean_nothing_special(encoder: Encoder, text: str) -> None:
    transcript = talk("C: it's twelve oak street", f"A: {text}")
    hits = detect(transcript, CallInfo("x"), Company(), encoder).signals.hits
    meant = [h.behaviour for h in hits if h.probability >= 0.5 and h.behaviour in HEADS]
    assert not meant


@pytest.mark.models
@settings(max_examples=5)
@given(st.permutations(["How can I help you?", "When did it break?", "Someone will call you.", "Oh no, I'm sorry."]))
def test_the_order_of_calls_does_not_matter(encoder: Encoder, texts: list[str]) -> None:
    def judge(text: str) -> list[tuple[str, float]]:
        made = detect(talk("C: my boiler broke", f"A: {text}"), CallInfo("x"), Company(), encoder)
        return [(hit.behaviour, hit.probability) for hit in made.signals.hits]

    first = {text: judge(text) for text in texts}
    assert {text: judge(text) for text in reversed(texts)} == first
