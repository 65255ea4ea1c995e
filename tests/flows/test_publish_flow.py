"""The publishing flow under Prefect itself, from what is stored and without any weights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipeline_calls import CHAT, EMAIL, CountingEngine, SilentReader
from places import REPOSITORY

from scoring.calls import CallInfo
from scoring.pipeline.batch import Job
from scoring.pipeline.publishing import publish_all
from scoring.pipeline.stages import Tools, score_file
from scoring.settings import load_settings
from scoring.store import Store

FLOW = """
import sys
from pathlib import Path
from flows.prefect_home import prepare_prefect
from scoring.errors import InputError
from scoring.settings import load_settings

prepare_prefect(load_settings())
assert "prefect" not in sys.modules, "Prefect was imported before its home was made"
from flows.publish_scorecards import publish_scorecards

report = publish_scorecards()
print(report.index, report.files, report.calls, report.agents)
only = publish_scorecards(rubric="written_reply", out=Path("replies"))
print(only.index, only.calls)
try:
    publish_scorecards(rubric="service_standard")
except InputError as error:
    print("refused:", error.message)
"""


def files_under(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_flow_publishes_what_the_pipeline_publishes(tmp_path: Path) -> None:
    settings = load_settings()
    tools = Tools(settings, engine=CountingEngine(), reader=SilentReader())
    with Store.open(settings.database_url) as store:
        for name, text in (("chat.txt", CHAT), ("reply.eml", EMAIL)):
            (tmp_path / name).write_text(text)
            score_file(Job(str(tmp_path / name), CallInfo(name, agent_name="Dora Field")), store, tools)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FLOW],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**_environment(), "PYTHONPATH": str(REPOSITORY)},
    )
    assert done.returncode == 0, done.stderr
    direct = publish_all(settings, out=tmp_path / "direct")
    index = settings.outputs / "index.html"
    assert done.stdout.splitlines() == [
        f"{index} {direct.files} 2 1",
        f"{Path('replies') / 'index.html'} 1",
        "refused: No call has been judged by service_standard yet.",
    ]
    assert files_under(settings.outputs) == files_under(tmp_path / "direct")
    assert (settings.state_dir / "prefect").is_dir()
    assert not (tmp_path / "home" / ".prefect").exists()


def _environment() -> dict[str, str]:
    import os

    return {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
