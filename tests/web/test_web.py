import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from invented import MET, record, sample_records
from pagecheck import assert_harmless, read
from starlette.testclient import TestClient

from scoring.calls import CallInfo
from scoring.errors import InputError
from scoring.pages import SiteData
from scoring.pages.urls import WEB, call_path, group_path
from scoring.publish import publish
from scoring.scorecard import make_scorecards
from scoring.settings import ScorecardSettings
from scoring.web import make_app, serve

RECORDS = sample_records()[::6]
CARDS = make_scorecards([item.scored for item in RECORDS], ScorecardSettings())
SITE = SiteData(CARDS, {item.scored.call_id: item for item in RECORDS})
ID = RECORDS[0].scored.call_id


def client_of(site: SiteData) -> TestClient:
    return TestClient(make_app(lambda: site), base_url="http://127.0.0.1")


@pytest.fixture
def client() -> Iterator[TestClient]:
    with client_of(SITE) as client:
        yield client


def addresses() -> list[str]:
    groups = [f"/{group_path(cards.group)}" for cards in (*CARDS.agents, *CARDS.teams)]
    return ["/", *groups, *(f"/{call_path(item.scored.call_id)}" for item in RECORDS)]


def test_every_page_is_there_and_every_link_on_it_leads_somewhere(client: TestClient) -> None:
    known = set(addresses())
    for address in addresses():
        answer = client.get(address)
        assert answer.status_code == 200
        page = read(answer.text)
        assert_harmless(page)
        links = {link.attributes["href"].partition("#")[0] for link in page.all("a")} - {""}
        assert links <= known


def test_pages_are_the_files_but_for_their_addresses(client: TestClient, tmp_path: Path) -> None:
    publish(RECORDS, CARDS, tmp_path)
    for path in (group_path(CARDS.agents[0].group), call_path(ID)):
        file = read((tmp_path / f"{path}.html").read_text("utf-8"))
        page = read(client.get(f"/{path}").text)
        assert page.one("main").text == file.one("main").text


def test_security_headers_are_on_every_answer(client: TestClient) -> None:
    for address in ("/", "/calls/none", "/nowhere", f"/audio/{ID}"):
        headers = client.get(address).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_nothing_can_be_changed(client: TestClient, method: str) -> None:
    for address in [*addresses()[:3], f"/audio/{ID}"]:
        assert client.request(method, address).status_code == 405


def test_another_name_for_this_machine_is_refused(client: TestClient) -> None:
    assert client.get("/", headers={"host": "attacker.example"}).status_code == 400
    assert client.get("/", headers={"host": "localhost:8000"}).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/calls/unknown",
        "/agents/unknown",
        "/teams/unknown",
        "/audio/unknown",
        "/calls/..%2f..%2fetc%2fpasswd",
        "/audio/..%2f..%2fetc%2fpasswd",
        "/audio/%2e%2e/%2e%2e/etc/passwd",
        "/audio//etc/passwd",
        "/calls/<script>",
    ],
)
def test_only_what_is_known_can_be_asked_for(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert "<script>" not in answer.text
    assert "root:" not in answer.text


def with_recording(path: Path) -> SiteData:
    return replace(SITE, recordings={ID: path})


def test_a_recording_is_sent_in_the_pieces_asked_for(tmp_path: Path) -> None:
    recording = tmp_path / "Рабочий звонок 1.wav"
    recording.write_bytes(bytes(range(256)) * 40)
    with client_of(with_recording(recording)) as client:
        whole = client.get(WEB.audio(ID))
        assert (whole.status_code, whole.content) == (200, recording.read_bytes())
        assert whole.headers["accept-ranges"] == "bytes"
        part = client.get(WEB.audio(ID), headers={"range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, recording.read_bytes()[100:200])
        assert part.headers["content-range"] == "bytes 100-199/10240"
        assert client.get(WEB.audio(ID), headers={"range": "bytes=-5"}).content == recording.read_bytes()[-5:]
        assert client.get(WEB.audio(ID), headers={"range": "bytes=99999-"}).status_code == 416
        assert read(client.get(WEB.call(ID)).text).one("audio").attributes["src"] == WEB.audio(ID)


def test_a_recording_that_has_gone_is_not_offered(tmp_path: Path) -> None:
    with client_of(with_recording(tmp_path / "gone.wav")) as client:
        assert client.get(WEB.audio(ID)).status_code == 404
        assert read(client.get(WEB.call(ID)).text).all("audio") == []


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    with client_of(with_recording(tmp_path)) as client:
        assert client.get(WEB.audio(ID)).status_code == 404


def test_new_calls_show_at_once() -> None:
    sites = [SITE]
    with TestClient(make_app(lambda: sites[-1]), base_url="http://localhost") as client:
        before = client.get("/").text
        more = [*RECORDS, record(CallInfo(file="new.wav", agent_name="Zelda Quist"), {"greeting": MET})]
        cards = make_scorecards([item.scored for item in more], ScorecardSettings())
        sites.append(SiteData(cards, {item.scored.call_id: item for item in more}))
        assert "Zelda Quist" not in before
        assert "Zelda Quist" in client.get("/").text


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_it_listens_on_this_machine_only(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    servers: list[uvicorn.Server] = []
    said: list[str] = []

    class Kept(uvicorn.Server):
        def __init__(self, config: uvicorn.Config) -> None:
            super().__init__(config)
            servers.append(self)

    monkeypatch.setattr(uvicorn, "Server", Kept)
    thread = threading.Thread(target=serve, args=(make_app(lambda: SITE), port, said.append))
    thread.start()
    try:
        while not servers or not servers[0].started:
            time.sleep(0.02)
        (listener,) = [item for server in servers[0].servers for item in server.sockets]
        assert listener.getsockname() == ("127.0.0.1", port)
        assert said == [f"http://127.0.0.1:{port}/"]
        with urllib.request.urlopen(said[0]) as answer:
            assert b"Scorecards" in answer.read()
    finally:
        servers[0].should_exit = True
        thread.join(10)
    assert not thread.is_alive()


def test_a_port_in_use_is_one_line_and_no_address_is_said(port: int) -> None:
    said: list[str] = []
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(InputError, match=f"Port {port} cannot be had") as caught:
            serve(make_app(lambda: SITE), port, said.append)
    assert "--port" in caught.value.hint
    assert not said
