"""A setting that cannot be is named, with what it could be."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.errors import SettingsError
from scoring.settings import load_settings


def said(text: str) -> str:
    Path("callscore.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    line = str(caught.value)
    assert "\n" not in line
    assert line.endswith("Mend callscore.toml, or the CALLSCORE_ variable.")
    return line


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('compny = "x"', "compny: there is no such setting, did you mean 'company'."),
        ('[transcribe]\nmodl = "x"', "transcribe.modl: there is no such setting, did you mean 'model'."),
        ("[recordings]\nlongst_hours = 2", "did you mean 'longest_hours'."),
        ("zzzzqq = 1", "zzzzqq: there is no such setting. "),
        ('[scorecard]\ntime_zone = "Mars/Phobos"', "scorecard.time_zone: no time zone is called 'Mars/Phobos'"),
        ('[scorecard]\ntime_zone = ""', "no time zone is called ''"),
        ('[scorecard]\ntime_zone = "../UTC"', "no time zone is called '../UTC'"),
        ("workers = -1", "workers: should be greater than or equal to 0."),
        ("rubric = 3", "rubric: should be a valid string."),
        ("company = ", "The settings cannot be read: "),
    ],
)
def test_a_fault_is_named_with_what_it_could_be(text: str, says: str) -> None:
    assert says in said(text)


def test_every_fault_is_listed() -> None:
    line = said('compny = "x"\nworkers = -1\n')
    assert "compny" in line
    assert "workers" in line


def test_a_file_of_another_kind() -> None:
    Path("callscore.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings()


def test_a_variable_that_is_no_list_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLSCORE_COMPANY_ALSO", "Larkfield")
    with pytest.raises(SettingsError, match="company_also") as caught:
        load_settings()
    assert "variable" in caught.value.hint


def test_what_the_readme_shows_is_taken() -> None:
    Path("callscore.toml").write_text('company = "Larkfield"\n[scorecard]\ntime_zone = "Europe/Berlin"\n')
    settings = load_settings()
    assert (settings.company, settings.scorecard.time_zone) == ("Larkfield", "Europe/Berlin")
