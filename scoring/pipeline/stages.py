"""One call, stage by stage: decode, transcribe, judge, store. A stage whose inputs did not change is not repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from scoring import __version__
from scoring.audio import Recording, file_hash, is_recording, read_recording
from scoring.calls import Call, CallInfo, Medium, Role, Transcript, digest
from scoring.errors import CallscoreError, InputError, RubricError, TransientError
from scoring.judge import judge_call
from scoring.pipeline.batch import Job
from scoring.rubric import Rubric, load_rubric
from scoring.settings import Settings
from scoring.store import AsideEntry, Store, StoredCall
from scoring.texts import read_conversation, text_id

if TYPE_CHECKING:
    from scoring.reader import ConversationReader
    from scoring.signals import Company
    from scoring.signals.types import Signals
    from scoring.speakers import VoiceModels
    from scoring.transcribe import SpeechEngine


class Tools:
    """The models of one worker, each loaded when it is first needed and then kept."""

    def __init__(
        self, settings: Settings, *, engine: SpeechEngine | None = None, reader: ConversationReader | None = None
    ) -> None:
        self.settings = settings
        if engine is not None:
            self.engine = engine
        if reader is not None:
            self.reader = reader

    @cached_property
    def engine(self) -> SpeechEngine:
        """Speech to text."""
        from scoring.transcribe import load_engine

        return load_engine(self.settings)

    @cached_property
    def voices(self) -> VoiceModels:
        """Models that tell two voices apart; needed for mono recordings."""
        from scoring.speakers import load_voices

        return load_voices(self.settings.cache_dir)

    @cached_property
    def reader(self) -> ConversationReader:
        """What reads a conversation as a whole."""
        from scoring.reader import load_reader

        return load_reader(self.settings.cache_dir)

    def company_of(self, info: CallInfo) -> Company:
        """The company as its agents say it; the queue's name counts too, for agents answer by department or brand."""
        from scoring.signals import Company

        also = (*self.settings.company_also, *([info.queue] if info.queue else []))
        return Company(self.settings.company, also)

    @cached_property
    def rubric(self) -> Rubric:
        """The rubric for calls."""
        return load_rubric(self.settings.rubric)

    @cached_property
    def written_rubric(self) -> Rubric:
        """The rubric for chats and e-mails."""
        return load_rubric(self.settings.written_rubric)

    def rubric_for(self, medium: Medium) -> Rubric:
        """The rubric by which a conversation of this kind is judged."""
        return self.rubric if medium is Medium.CALL else self.written_rubric


@dataclass(frozen=True, slots=True)
class Scored:
    """What was done for one file."""

    file: str
    call_id: str
    transcribed: bool  # False when the transcript came from the store
    judged: bool  # False when the score came from the store
    audio_seconds: float
    same_as: str | None = None  # another file that holds the same call
    conditions: tuple[str, ...] = ()  # as in `CallScore`


class StageError(Exception):
    """Carries the stage in which a call failed, and why."""

    def __init__(self, stage: str, cause: BaseException) -> None:
        super().__init__(stage, cause)
        self.stage = stage
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Heard:
    """A call with its transcript, before judging. `before` is what the store held of it when work began."""

    call: Call
    transcript_key: str
    fresh: bool  # transcribed now, not found in the store
    before: StoredCall | None


def score_file(job: Job, store: Store, tools: Tools) -> Scored:
    """Score one file and store the call whole, doing only what is not stored yet.

    Raises:
        StageError: with the stage and the cause; nothing of the call was stored.
    """
    path = Path(job.path)
    stage = "read"
    try:
        hashed = file_hash(path)
        stage = "transcribe"
        heard = _hear(path, hashed, job.info, store, tools)
        stage = "judge"
        stored, judged = _judge(heard, store, tools, (job.path, hashed))
        stage = "store"
        store.save_call(stored, after=heard.before)
    except (
        CallscoreError,
        OSError,
        MemoryError,
        ArithmeticError,
        RuntimeError,
        ValueError,
        LookupError,
        TypeError,
    ) as error:
        raise StageError(stage, error) from error
    main = stored.call.info.file
    return Scored(
        file=job.info.file,
        call_id=stored.call.id,
        transcribed=heard.fresh,
        judged=judged,
        audio_seconds=stored.call.transcript.duration or 0.0,
        same_as=main if main != job.info.file else None,
        conditions=stored.score.conditions,
    )


def aside_entry(job: Job, error: StageError, store: Store) -> AsideEntry:
    """Describe a failed call in one line for people, with what to do about it."""
    cause = error.cause
    try:
        hashed: str | None = file_hash(Path(job.path))
    except (CallscoreError, OSError):
        hashed = None
    tries = sum(entry.tries for entry in store.aside() if entry.file == job.info.file) + 1
    return AsideEntry(
        file=job.info.file,
        file_hash=hashed,
        stage=error.stage,
        reason=cause.message if isinstance(cause, CallscoreError) else f"{type(cause).__name__}: {cause}",
        hint=cause.hint if isinstance(cause, CallscoreError) else "This is a fault in callscore; please report it.",
        transient=isinstance(cause, (TransientError, OSError)),
        tries=tries,
    )


def read_transcript(path: Path, info: CallInfo, tools: Tools) -> Call:
    """Return the call in `path` with its transcript, without storing anything."""
    if is_recording(path):
        return _listen(_recording(path, tools), info, tools)
    imported = read_conversation(path)
    return _call_of_text(imported, info, tools)


def _hear(path: Path, hashed: str, info: CallInfo, store: Store, tools: Tools) -> Heard:
    if not is_recording(path):
        return _hear_text(read_conversation(path), info, store, tools)
    known = store.call_of_file(hashed)  # an unchanged file is not even decoded again
    recording = None if known else _recording(path, tools)
    call_id = known or (recording.audio_hash if recording else "")
    before = store.load_call(call_id)
    info = _main_info(info, before)
    key = _transcript_key(call_id, info, tools)
    transcript = store.transcript(call_id, key)
    if transcript is not None:
        made_by = dict(tools.engine.fingerprint)
        return Heard(Call(call_id, info, Medium.CALL, transcript, made_by), key, False, before)
    return Heard(_listen(recording or _recording(path, tools), info, tools), key, True, before)


def _hear_text(imported: Transcript, info: CallInfo, store: Store, tools: Tools) -> Heard:
    before = store.load_call(text_id(imported))
    call = _call_of_text(imported, _main_info(info, before), tools)
    fresh = before is None or before.call.transcript != call.transcript
    return Heard(call, call.transcript.content_hash, fresh, before)


def _recording(path: Path, tools: Tools) -> Recording:
    return read_recording(path, longest_hours=tools.settings.recordings.longest_hours)


def _main_info(info: CallInfo, before: StoredCall | None) -> CallInfo:
    """The same call under two names goes by the first in the alphabet, whichever is read first."""
    if before is None:
        return info
    first = before.call.info
    still_there = any(path.endswith(first.file) and Path(path).exists() for path, _ in before.files)
    return first if first.file < info.file and still_there else info


def _transcript_key(call_id: str, info: CallInfo, tools: Tools) -> str:
    from scoring.speakers import fingerprint

    who = [info.agent_name, info.customer_name, info.direction, info.agent_channel]  # roles rest on these
    voices, reader = fingerprint(tools.settings.cache_dir), tools.reader.fingerprint
    return digest([call_id, tools.engine.fingerprint, voices, reader, _prompt(info, tools), who])


def _prompt(info: CallInfo, tools: Tools) -> str:
    from scoring.transcribe import name_prompt

    if not tools.settings.transcribe.name_prompt:
        return ""
    return name_prompt(info, tools.settings.company or info.queue)


def _listen(recording: Recording, info: CallInfo, tools: Tools) -> Call:
    from scoring.speakers import build_transcript
    from scoring.transcribe import language_of

    texts = tools.engine.transcribe(recording.channels, _prompt(info, tools))
    language, said = language_of(texts, tools.settings.transcribe.language)
    notes = [*recording.notes, *said, *(note for text in texts for note in text.notes)]
    needs_voices = len(recording.channels) == 1 and any(text.words for text in texts)
    transcript = build_transcript(
        recording,
        [text.words for text in texts],
        info,
        tools.voices if needs_voices else None,
        notes,
        reader=tools.reader,
        language=language,
    )
    return Call(recording.audio_hash, info, Medium.CALL, transcript, dict(tools.engine.fingerprint))


def _call_of_text(imported: Transcript, info: CallInfo, tools: Tools) -> Call:
    """A written conversation as a call; its id is of the text as it came: better roles do not make it another call."""
    from scoring.speakers import assign_roles, fingerprint

    if all(turn.role is not Role.UNKNOWN for turn in imported.turns):
        return Call(text_id(imported), info, imported.medium, imported, {"text import": __version__})
    roles = fingerprint(tools.settings.cache_dir)
    made_by = {"text import": __version__, "roles": roles, "reader": tools.reader.fingerprint}
    return Call(text_id(imported), info, imported.medium, assign_roles(imported, info, tools.reader), made_by)


def _judge(heard: Heard, store: Store, tools: Tools, file: tuple[str, str]) -> tuple[StoredCall, bool]:
    from scoring.signals import detect
    from scoring.signals import fingerprint as detectors

    call, rubric = heard.call, tools.rubric_for(heard.call.medium)
    company = tools.company_of(call.info)
    names = [call.info.agent_name, call.info.customer_name, *company.names]
    facts = [call.info.direction, call.info.ring_seconds, call.info.queue_seconds]
    models = [*call.made_by.items(), ("reader", tools.reader.fingerprint), ("detectors", detectors())]
    models.sort()  # as provenance has them: `rescore` takes them from there
    signals_key = digest([call.transcript.content_hash, detectors(), tools.reader.fingerprint, names, facts])
    signals = store.signals(call.id, signals_key)
    embeddings = store.embeddings(call.id, signals_key)
    if signals is None or embeddings is None:
        found = detect(call.transcript, call.info, company, tools.reader)
        signals, embeddings = found.signals, found.embeddings
    score_key = _score_key(signals_key, signals, rubric, models)
    score = store.score(call.id, score_key)
    judged = score is None
    if score is None:
        score = judge_call(call, signals, rubric, models=models)
    files = _files(heard.before, file)
    stored = StoredCall(
        call=call,
        files=files,
        transcript_key=heard.transcript_key,
        signals=signals,
        signals_key=signals_key,
        embeddings=embeddings,
        score=score,
        score_key=score_key,
    )
    return stored, judged


def _files(before: StoredCall | None, file: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    kept = [known for known in (before.files if before else ()) if known[0] != file[0]]
    return tuple(sorted([*kept, file]))


def rescore(call_ids: Sequence[str], rubric: Rubric, store: Store) -> int:
    """Judge stored calls by another rubric, from their stored signals; returns how many were judged anew.

    Calls of a kind that the rubric is not for are passed by.

    Raises:
        RubricError: it is for none of these calls.
    """
    judged, fits = 0, False
    unfit: RubricError | None = None
    for call_id in call_ids:
        stored = store.load_call(call_id)
        if stored is None:
            raise InputError(f"There is no call {call_id}.", hint="`callscore show` lists the calls.")
        try:
            judged += _rescore_one(stored, rubric, store)
            fits = True
        except RubricError as error:
            unfit = error
    if unfit and not fits:
        raise unfit
    return judged


def _rescore_one(stored: StoredCall, rubric: Rubric, store: Store) -> bool:
    models = stored.score.provenance.models
    key = _score_key(stored.signals_key, stored.signals, rubric, models)
    if store.score(stored.call.id, key) is not None:
        return False
    store.save_score(stored.call.id, key, judge_call(stored.call, stored.signals, rubric, models=models))
    return True


def _score_key(signals_key: str, signals: Signals, rubric: Rubric, models: Sequence[tuple[str, str]]) -> str:
    return digest([signals_key, signals.content_hash, rubric.content_hash, __version__, models])
