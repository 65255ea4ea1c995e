"""Fits the heads on our own examples: `python -m scoring.signals.train ENCODER_FOLDER`. Same numbers on every run."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.signals import examples as ex
from scoring.signals.encoder import Encoder, FloatArray, MiniLmEncoder
from scoring.signals.examples import Example, applies, read_all, varied
from scoring.signals.features import SIZE, vector
from scoring.signals.heads import CALL_RATES, FOLDER, HEADS, Array, Heads, save_heads, sigmoid
from scoring.signals.phrases import search
from scoring.signals.text import Utterance, norm, plain, tokenize

FOLDS = 5
PENALTIES = (0.3, 1.0, 3.0)  # L2, tried by cross-validation
TOWARDS_CALLS = 0.5  # share of the way from the examples' rates to those of calls: our negatives are harder than most
Mask = npt.NDArray[np.bool_]


def embed_examples(rows: Sequence[Example], encoder: Encoder) -> FloatArray:
    """Return features of shape (len(rows), SIZE)."""
    texts = encoder.embed([plain(row.text) for row in rows])
    before = encoder.embed([plain(row.before) for row in rows])
    made = [
        vector(text, context if row.before else None, row.text)
        for row, text, context in zip(rows, texts, before, strict=True)
    ]
    return np.stack(made) if made else np.zeros((0, SIZE), dtype=np.float32)


def labels(rows: Sequence[Example]) -> tuple[Array, Mask]:
    """Return what each row shows (0 or 1) and whether it counts, both of shape (len(rows), len(HEADS))."""
    shown = np.array([[float(name in row.shows) for name in HEADS] for row in rows])
    counts = np.array([[applies(row, name) for name in HEADS] for row in rows], dtype=bool)
    return shown, counts


def fit(features: npt.NDArray[Any], shown: Array, counts: Mask, penalty: float) -> tuple[Array, Array]:
    """Fit one L2 logistic regression a column, all at once (they share nothing); LBFGS in float64.

    Returns:
        weights of shape (columns, features) and bias of shape (columns,).
    """
    import torch

    x, y, mask = (torch.tensor(a.astype(np.float64)) for a in (features, shown, counts))
    w = torch.zeros(y.shape[1], x.shape[1], dtype=torch.float64, requires_grad=True)
    b = torch.zeros(y.shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([w, b], max_iter=300, line_search_fn="strong_wolfe", tolerance_change=1e-10)

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        each = torch.nn.functional.binary_cross_entropy_with_logits(x @ w.T + b, y, reduction="none")
        total = (each * mask).sum() + 0.5 * penalty * (w * w).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return w.detach().numpy(), b.detach().numpy()


def out_of_fold(
    rows: Sequence[Example], features: npt.NDArray[Any], shown: Array, counts: Mask, penalty: float
) -> Array:
    """Return logits of shape (len(rows), len(HEADS)), each from a model that never saw the row's line."""
    fold = np.array([ex.pick("fold", row.group, among=FOLDS) for row in rows])
    logits = np.zeros(shown.shape)
    for held in range(FOLDS):
        seen = fold != held
        weights, bias = fit(features[seen], shown[seen], counts[seen], penalty)
        logits[~seen] = features[~seen].astype(np.float64) @ weights.T + bias
    return logits


def calibrate(logits: Array, shown: Array, counts: Mask) -> tuple[Array, Array]:
    """Return slope and shift a column (Platt scaling: a logistic regression on the logit)."""
    pairs = [
        fit(logits[counts[:, i], i : i + 1], shown[counts[:, i], i : i + 1], counts[counts[:, i], i : i + 1], 1e-3)
        for i in range(shown.shape[1])
    ]
    return np.array([w[0, 0] for w, _ in pairs]), np.array([b[0] for _, b in pairs])


def towards_calls(shown: Array, counts: Mask) -> Array:
    """Return what to add to each logit so that a probability holds for calls rather than for examples."""
    rates = (shown * counts).sum(axis=0) / counts.sum(axis=0)
    wanted = np.array(CALL_RATES)
    move = np.log(wanted / (1 - wanted)) - np.log(rates / (1 - rates))
    return np.asarray(TOWARDS_CALLS * np.minimum(move, 0.0), dtype=np.float64)


def log_loss(logits: Array, shown: Array, counts: Mask) -> float:
    """Return the mean loss over the labels that count."""
    each = np.logaddexp(0.0, logits) - shown * logits
    return float(each[counts].mean())


def auc(scores: Array, shown: Array) -> float | None:
    """Return the area under the ROC curve; None when one class is missing."""
    order = np.argsort(scores, kind="stable")
    _, inverse, sizes = np.unique(scores[order], return_inverse=True, return_counts=True)
    ends = np.cumsum(sizes)
    ranks = (ends - (sizes - 1) / 2.0)[inverse]
    positive = shown[order] > 0.5
    n, m = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m)) if n and m else None


def figures(probabilities: Array, shown: Array, counts: Mask) -> dict[str, dict[str, float | int | None]]:
    """Return n, positives, AUC, precision, recall and F1 at 0.5 for each behaviour."""
    made: dict[str, dict[str, float | int | None]] = {}
    for i, name in enumerate(HEADS):
        p, y = probabilities[counts[:, i], i], shown[counts[:, i], i]
        right, said, there = float(((p >= 0.5) & (y > 0.5)).sum()), float((p >= 0.5).sum()), float(y.sum())
        made[name] = {
            "n": len(y), "positive": int(there), "auc": _rounded(auc(p, y)),
            "precision": _rounded(right / said if said else None),
            "recall": _rounded(right / there if there else None),
            "f1": _rounded(2 * right / (said + there) if said + there else None),
        }  # fmt: skip
    return made


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def rule_probabilities(rows: Sequence[Example]) -> Array:
    """Return what the phrase book alone says, of shape (len(rows), len(HEADS))."""
    made = np.zeros((len(rows), len(HEADS)))
    for i, row in enumerate(rows):
        for match in search(Utterance(row.role, (0,), tokenize(row.text))):
            if match.behaviour in HEADS:
                column = HEADS.index(match.behaviour)
                made[i, column] = max(made[i, column], match.probability)
    return made


def tfidf(rows: Sequence[Example], fewest: int = 3) -> npt.NDArray[np.float64]:
    """Return TF-IDF features of words and pairs of words, rows of length 1: the baseline to beat."""
    bags = []
    for row in rows:
        words = norm(row.text).split()
        bags.append(set(words) | {f"{a} {b}" for a, b in pairwise(words)})
    often: dict[str, int] = {}
    for bag in bags:
        for term in bag:
            often[term] = often.get(term, 0) + 1
    terms = {term: i for i, term in enumerate(sorted(term for term, n in often.items() if n >= fewest))}
    made = np.zeros((len(rows), len(terms)))
    for i, bag in enumerate(bags):
        for term in bag & terms.keys():
            made[i, terms[term]] = np.log(len(rows) / often[term])
    lengths: npt.NDArray[np.float64] = np.linalg.norm(made, axis=1, keepdims=True)
    return np.asarray(made / np.maximum(lengths, 1e-9), dtype=np.float64)


def train(encoder: Encoder) -> tuple[Heads, dict[str, object]]:
    """Fit, calibrate and measure; return the heads and their card."""
    rows = varied(read_all())
    features = embed_examples(rows, encoder)
    shown, counts = labels(rows)
    tried = {p: out_of_fold(rows, features, shown, counts, p) for p in PENALTIES}
    penalty = min(PENALTIES, key=lambda p: log_loss(tried[p], shown, counts))
    slope, shift = calibrate(tried[penalty], shown, counts)
    shift = shift + towards_calls(shown, counts)
    weights, bias = fit(features, shown, counts, penalty)
    small = (a.astype(np.float32).astype(np.float64) for a in (weights, bias, slope, shift))
    heads = Heads(*small)
    plainly = np.array([row.text for row in rows])
    rules = rule_probabilities(rows)
    head = sigmoid(tried[penalty] * slope + shift)
    base = out_of_fold(rows, tfidf(rows), shown, counts, 0.3)
    base_slope, base_shift = calibrate(base, shown, counts)
    card: dict[str, object] = {
        "what": "logistic regressions on all-MiniLM-L6-v2 embeddings of a turn and of the other party's turn before",
        "encoder_sha256": encoder.fingerprint,
        "sources": "sentences written for this project (scoring/signals/examples); no other text",
        "examples_sha256": _examples_hash(),
        "rows": len(plainly), "penalty": penalty, "folds": FOLDS,
        "cross_validated": {
            "head": figures(head, shown, counts), "rules": figures(rules, shown, counts),
            "head_and_rules": figures(np.maximum(head, rules), shown, counts),
            "tfidf": figures(sigmoid(base * base_slope + base_shift), shown, counts),
        },
        "held_out": held_out(heads, encoder),
        "limits": "English; written by few hands, so real calls vary more; figures on real calls are lower",
    }  # fmt: skip
    return heads, card


def held_out(heads: Heads, encoder: Encoder) -> dict[str, dict[str, float | int | None]]:
    """Return the figures on sentences that were never trained on."""
    rows = read_all(ex.HELD_OUT)
    shown, counts = labels(rows)
    return figures(heads.probabilities(embed_examples(rows, encoder)), shown, counts) if rows else {}


def _examples_hash() -> str:
    texts = [(ex.FOLDER / name).read_bytes() for name in ex.TRAINING if (ex.FOLDER / name).exists()]
    return hashlib.sha256(b"\n".join(texts)).hexdigest()


def main() -> None:
    """Fit the heads and write them beside the source."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("encoder", type=Path, help="folder of all-MiniLM-L6-v2 (`callscore doctor` shows it)")
    parser.add_argument("--out", type=Path, default=FOLDER)
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    heads, card = train(MiniLmEncoder(given.encoder))
    save_heads(heads, card, given.out)
    _print(card)


def _print(card: dict[str, Any]) -> None:
    for name in HEADS:
        cells = [f"{name:18}"]
        for kind, table in (*card["cross_validated"].items(), ("held_out", card["held_out"])):
            row = table.get(name, {})
            cells.append(
                f"{kind} auc {row.get('auc')} p {row.get('precision')} r {row.get('recall')} f1 {row.get('f1')}"
            )
        print(" | ".join(cells))


if __name__ == "__main__":
    main()
