"""Learning on a small scale: lessons, batches, what is to be learnt, and that it is learnt, twice the same."""

from __future__ import annotations

import json
import lzma
import random
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tiny_reader import WordTokenizer, call_of, tiny_encoder

from scoring.calls import Role
from scoring.reader import train
from scoring.reader.adapt import adaptable, learnt, loss
from scoring.reader.examples import Example, Sentence
from scoring.reader.labels import LABELS, ROLES
from scoring.reader.network import Network, batch, load_network
from scoring.reader.tokens import MARKS, WINDOW, numbers
from scoring.reader.train import Lesson, in_batches, lessons, read_public, targets

TOKENIZER = WordTokenizer()
SORRY = frozenset({"emp_expressed"})
ROW = Example("row", (Sentence(Role.CUSTOMER, "My boat sank."), Sentence(Role.AGENT, "Oh no!", SORRY, SORRY)))
CALLS = (
    call_of(
        "one", "A greet_name: Harbour office, Ines here.", "C emp_needed: My boat sank in the storm!",
        "A emp_expressed: Oh no, how dreadful.", "A listen_clarify: Which berth was she at?", "C: Berth nine.",
    ),
    call_of(
        "two", "A greet_name: This is Ines.", "C complaint: Nobody called me back again!",
        "A2 ownership: I will see to it now.", "C: Thank you, [NAME].", "A close_bye: Goodbye then.",
    ),
    call_of("three", "S: Press one for boats.", "A hold: One moment.", "C emp_needed: Please hurry, she is adrift!"),
)  # fmt: skip
LONG = call_of(
    "long",
    *(f"{'AC'[at // 2 % 2]}: sentence number w{at} {'and more of it ' * (at % 6)}" for at in range(90)),
)


def all_lessons(examples: tuple[Example, ...], seed: int) -> list[Lesson]:
    return list(lessons(examples, TOKENIZER, random.Random(seed)))


# lessons


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("call", [LONG, *CALLS, ROW], ids=lambda call: call.name)
def test_every_sentence_is_in_exactly_one_window(call: Example, seed: int) -> None:
    made = all_lessons((call,), seed)
    assert [at for lesson in made for at in lesson.window.pieces] == list(range(made[0].count))
    for lesson in made:
        assert lesson.count == made[0].count
        assert len(lesson.sentences) == len(lesson.roles_told) == len(lesson.window.pieces)
        assert len(lesson.window.ids) <= WINDOW
    if call is ROW:  # what is that short is left as it is
        assert tuple(one for lesson in made for one in lesson.sentences) == ROW.sentences


@pytest.mark.parametrize("seed", range(12))
def test_what_is_read_is_what_is_taught_and_roles_are_given_where_they_need_not_be_told(seed: int) -> None:
    for lesson in all_lessons((LONG, *CALLS, ROW), seed):
        for at, (sentence, told) in enumerate(zip(lesson.sentences, lesson.roles_told, strict=True)):
            window = lesson.window
            read = [each for each, owner in zip(window.ids, window.owners, strict=True) if owner == at]
            assert read == [MARKS[sentence.role if told else Role.UNKNOWN], *numbers(sentence.text, TOKENIZER)]


def test_lessons_come_with_and_without_roles_and_differ_from_time_to_time() -> None:
    made = [all_lessons((LONG,), seed) for seed in range(40)]
    shares = [sum(sum(lesson.roles_told) for lesson in each) / each[0].count for each in made]
    assert {0.0, 1.0} < set(shares)
    assert 0.4 < sum(share == 0.0 for share in shares) / len(shares) < 0.8
    assert len({each[0].count for each in made}) > 5  # lines are cut and joined
    assert len({len(each[0].window.ids) for each in made}) > 5
    assert made[3] == all_lessons((LONG,), 3)


@pytest.mark.parametrize("seed", range(5))
def test_a_row_is_never_asked_who_speaks(seed: int) -> None:
    """Two lines out of nowhere do not tell it."""
    (lesson,) = all_lessons((ROW,), seed)
    assert lesson.roles_told == (True, True)


# batches and what is true of them


@pytest.mark.parametrize("seed", range(5))
def test_batches_hold_every_lesson_once(seed: int) -> None:
    made = all_lessons((LONG, *CALLS, ROW), seed)
    batches = in_batches(iter(made), random.Random(seed))
    assert sorted(id(lesson) for each in batches for lesson in each) == sorted(map(id, made))
    assert all(1 <= len(each) <= train.BATCH for each in batches)
    assert sum(len(each) < train.BATCH for each in batches) <= 1


def test_targets_by_hand() -> None:
    (window,) = {lesson.window for lesson in all_lessons((ROW,), 0)}
    said = (
        Sentence(Role.AGENT, "x", frozenset({"hold"}), frozenset({"hold", "blame"})),
        Sentence(Role.CUSTOMER, "y", frozenset(), frozenset({"complaint"})),
    )
    given_roles = [Lesson(window, 2, said, (False, True)), Lesson(window, 2, said[:1], (True,))]
    said_by, shown, judged = targets(given_roles, 3)
    assert said_by.tolist() == [[ROLES.index(Role.AGENT), -1, -1], [-1, -1, -1]]
    hold, blame, complaint = (LABELS.index(name) for name in ("hold", "blame", "complaint"))
    assert shown.nonzero().tolist() == [[0, 0, hold], [1, 0, hold]]
    expected = [[0, 0, hold], [0, 0, blame], [0, 1, complaint], [1, 0, hold], [1, 0, blame]]
    assert judged.nonzero().tolist() == sorted(expected)


def test_windows_of_several_calls_are_read_as_each_alone() -> None:
    """Places are those of the own conversation, and the longest decides the size."""
    network = adaptable(tiny_encoder(), 1).eval()
    made = [all_lessons((call,), 4)[0] for call in (LONG, CALLS[0], ROW)]
    tensors = [torch.cat(parts) for parts in zip(*train._padded(made), strict=True)]
    with torch.inference_mode():
        together = network(*tensors)
        for row, lesson in enumerate(made):
            for alone, beside in zip(network(*batch([lesson.window], lesson.count)), together, strict=True):
                assert torch.allclose(alone[0], beside[row, : len(lesson.sentences)], atol=2e-5)


# learning


def learn(epochs: int) -> Network:
    return train.train(adaptable(tiny_encoder(), 7), TOKENIZER, CALLS, (), epochs)


def cost(network: Network) -> float:
    network.eval()
    total = 0.0
    with torch.inference_mode():
        for seed in range(4):
            for lesson in all_lessons(CALLS, seed):
                _, role, shows = network(*batch([lesson.window], lesson.count))
                total += float(loss(role, shows, *targets([lesson], role.shape[1])))
    return total


@pytest.fixture(scope="module")
def learned() -> Network:
    return learn(80)


def test_three_calls_are_learnt(learned: Network, capsys: pytest.CaptureFixture[str]) -> None:
    before = cost(adaptable(tiny_encoder(), 7))
    assert cost(learned) < 0.7 * before
    learn(2)
    said = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in said] == ["epoch 1", "epoch 2"]


def test_the_same_is_learnt_twice() -> None:
    one, other = learnt(learn(3)), learnt(learn(3))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_what_is_frozen_stays(learned: Network) -> None:
    fresh = dict(adaptable(tiny_encoder(), 7).named_parameters())
    for name, parameter in learned.named_parameters():
        if not parameter.requires_grad:
            assert torch.equal(parameter, fresh[name]), name
    changed = {name for name, parameter in learned.named_parameters() if not torch.equal(parameter, fresh[name])}
    assert {"marks", "role.weight", "shows.bias"} <= changed
    assert sum(name.endswith(".b") for name in changed) == 12  # six layers adapted, twice


def test_what_was_learnt_can_be_loaded(learned: Network, tmp_path: Path) -> None:
    tiny_encoder().save_pretrained(tmp_path / "encoder")
    save_file(learnt(learned), tmp_path / "adapter.safetensors")
    loaded = load_network(tmp_path / "encoder", tmp_path / "adapter.safetensors")
    assert cost(loaded) == pytest.approx(cost(learned), rel=0.01)  # float16 keeps three digits


def test_nothing_known_teaches_nothing() -> None:
    network = adaptable(tiny_encoder(), 7)
    before = {name: parameter.clone() for name, parameter in network.named_parameters()}
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    (lesson,) = all_lessons((Example("x", (Sentence(Role.AGENT, "Hm."),)),), 0)
    assert train.learn(network, [lesson], torch.optim.SGD(learning, lr=1.0), learning) == 0.0
    assert all(torch.equal(parameter, before[name]) for name, parameter in network.named_parameters())


# public dialogues


def dialogues(path: Path, rows: list[tuple[int, str, str]]) -> None:
    lines = (json.dumps({"dialogue_id": name, "speaker": who, "text": text}) for name, who, text in rows)
    path.write_bytes(lzma.compress("\n".join(lines).encode()))


def test_public_dialogues_tell_who_speaks_and_nothing_else(tmp_path: Path) -> None:
    sides = ("agent", "customer")
    long = [(1, sides[at % 2], f"line {at} <UNSURE>here</UNSURE>") for at in range(130)]
    talk = [("agent", "Hello."), ("customer", "Hi."), ("wizard", "click"), ("customer", "<UNIN/>"), ("agent", "Bye.")]
    short = [(3, "agent", "Too"), (3, "customer", "short")]
    dialogues(tmp_path / "primock57.jsonl.xz", [*long, *((2, *each) for each in talk), *short])
    made = read_public(tmp_path)
    assert [(one.name, len(one.sentences)) for one in made] == [("1 0", 60), ("1 60", 60), ("1 120", 10), ("2 0", 3)]
    assert made[0].sentences[1] == Sentence(Role.CUSTOMER, "line 1 here", speaker="customer")
    assert [one.text for one in made[-1].sentences] == ["Hello.", "Hi.", "Bye."]
    assert not any(one.judged or one.shows for each in made for one in each.sentences)
