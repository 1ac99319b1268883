"""`gxq preview`: who may see it, what it shows of files that are being written, how soon."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from gxq_geo import words
from gxq_geo.preview import live
from gxq_geo.preview.live import LiveZone, State
from gxq_geo.preview.watch import changes, snapshot, stable_snapshot
from gxq_geo.schemas import schema
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import layer
from tests.support.previews import LONG_S, Running, halve, preview, replace
from tests.support.threads import in_thread
from tests.support.zones import edit, tiny_zone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {one.name: (one.read_bytes(), one.stat().st_mtime_ns) for one in folder.iterdir()}


# ------------------------------------------------------------------ what is shown


@pytest.fixture
def zone(folder: Path) -> LiveZone:
    return LiveZone(folder, "zh", "internal")


def look(zone: LiveZone) -> State:
    """The state in the end."""
    return [*zone.update()][-1]


def rules(found: dict[str, Any]) -> list[str]:
    return [one["rule"] for one in found["list"]]


def test_the_state_is_that_of_the_files(zone: LiveZone) -> None:
    first = look(zone)
    assert first.issues["counts"]["error"] == 0
    assert first.notices == ()
    assert look(zone).message == first.message
    edit(zone.folder / "sites.geojson", "D-1", "status", "sold")
    later = look(zone)
    assert rules(later.issues) == ["not-in-domain"]
    assert later.map_version != first.map_version


def test_the_map_does_not_wait_for_the_rules(zone: LiveZone) -> None:
    look(zone)
    edit(zone.folder / "sites.geojson", "D-1", "status", "sold")
    first, last = zone.update()
    assert first.page == last.page
    assert rules(first.issues) == []
    assert rules(last.issues) == ["not-in-domain"]


def test_a_file_that_did_not_change_is_not_read_again(
    zone: LiveZone, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    true_read = layer.read

    def spy(path: Path, of: Any, *, timezone: Any) -> Any:
        read.append(path.name)
        return true_read(path, of, timezone=timezone)

    monkeypatch.setattr(layer, "read", spy)
    look(zone)
    assert len(read) > 10
    read.clear()
    edit(zone.folder / "sites.geojson", "D-1", "area_mu", 31)
    os.utime(zone.folder / "parks.geojson")
    look(zone)
    assert read == ["sites.geojson"]


@pytest.mark.parametrize("name", ["sites.geojson", "sectors.csv"])
def test_half_of_a_file_leaves_the_map_as_it_was(zone: LiveZone, name: str) -> None:
    good = look(zone)
    path = zone.folder / name
    whole = path.read_bytes()
    path.write_bytes(b'\xef\xbb\xbfsector_id,"na' if name.endswith("csv") else whole[:200])
    half = look(zone)
    assert half.page == good.page
    (notice,) = half.notices
    assert all(name in notice[lang] for lang in ("zh", "en"))
    assert half.issues["counts"]["error"] >= 1
    assert name in {one["file"] for one in half.issues["list"]}
    path.write_bytes(whole)
    assert look(zone).message == good.message


def test_half_of_a_file_does_not_stop_the_others(zone: LiveZone) -> None:
    good = look(zone)
    halve(zone.folder / "sites.geojson")
    still = look(zone)
    edit(zone.folder / "carriers.geojson", "C-1", "name_zh", "另一座楼")
    moved = look(zone)
    assert good.page == still.page != moved.page
    assert len(moved.notices) == 1


def test_a_layer_in_two_files_stays_as_it_was(zone: LiveZone) -> None:
    good = look(zone)
    shutil.copy(zone.folder / "sites.geojson", zone.folder / "sites.gpkg")
    twice = look(zone)
    assert twice.page == good.page
    assert "layer-twice" in rules(twice.issues)
    assert len(twice.notices) == 1


def test_a_layer_that_somebody_took_away_is_gone(zone: LiveZone) -> None:
    good = look(zone)
    (zone.folder / "rivers.geojson").unlink()
    assert look(zone).page != good.page
    assert look(zone).notices == ()


@pytest.mark.parametrize("broken", ["name_zh = ", "", None], ids=["cut", "empty", "absent"])
def test_broken_settings_leave_everything_as_it_was(zone: LiveZone, broken: str | None) -> None:
    path = zone.folder / "zone.toml"
    good, before = look(zone), path.read_bytes()
    path.unlink()
    if broken is not None:
        path.write_text(broken)
    stands = look(zone)
    assert (stands.page, stands.issues, stands.current) == (good.page, good.issues, False)
    assert "zone.toml" in stands.notices[0]["en"]
    path.write_bytes(before)
    assert look(zone) == good


@pytest.mark.parametrize("step", ["check", "InvestmentMap"])
def test_an_error_of_the_program_leaves_the_map_and_is_told(
    zone: LiveZone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], step: str
) -> None:
    before = look(zone)

    def fail(*_: object, **__: object) -> NoReturn:
        raise ZeroDivisionError("a rule\nof ours")

    with monkeypatch.context() as broken:
        broken.setattr(live, step, fail)
        edit(zone.folder / "sites.geojson", "D-1", "name_zh", "新名")
        after = look(zone)
    assert after.issues == before.issues
    assert (after.page == before.page) == (step == "InvestmentMap")
    (notice,) = after.notices
    assert "ZeroDivisionError: a rule\\nof ours" in notice["zh"]
    assert "Traceback" in capsys.readouterr().err
    assert look(zone).notices == ()


def test_a_rule_that_fails_at_the_start_leaves_the_map(
    zone: LiveZone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise ZeroDivisionError

    monkeypatch.setattr(live, "check", fail)
    state = look(zone)
    assert b"gxq" in state.page
    assert state.issues["list"] == []
    assert len(state.notices) == 1


def test_a_number_of_400_digits_in_the_settings_is_told(zone: LiveZone) -> None:
    before = look(zone)
    settings = zone.folder / "zone.toml"
    settings.write_text(f"{settings.read_text()}\n[limits]\noverlap_m2 = {'9' * 400}\n")
    after = look(zone)
    assert after.page == before.page
    assert "limits.overlap_m2" in after.notices[0]["zh"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are Unicode there")
def test_a_file_name_that_is_not_utf8_is_shown_escaped(zone: LiveZone) -> None:
    Path(os.fsdecode(os.fsencode(zone.folder) + b"/\xb5\xd8.geojson")).write_text("{}")
    assert rb"\\xb5\\xd8" in look(zone).message


def test_a_folder_that_is_no_zone_is_an_error_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(GxqError, match=r"zone\.toml"):
        look(LiveZone(tmp_path, "zh", "internal"))


def test_unpublished_records_are_shown_to_those_who_mend(folder: Path) -> None:
    before = [look(LiveZone(folder, "zh", who)).map_version for who in ("internal", "public")]
    edit(folder / "sites.geojson", "D-1", "published", False)
    after = [look(LiveZone(folder, "zh", who)) for who in ("internal", "public")]
    assert all(one.map_version != mark for one, mark in zip(after, before, strict=True))
    assert len(after[0].page) > len(after[1].page)


GEOPACKAGE_AT_WORK = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1])
database.execute("PRAGMA journal_mode=wal")
names = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
for (name,) in names:
    database.execute(f'DROP TRIGGER "{name}"')
database.execute("UPDATE sites SET name_zh = '改过' WHERE site_id = 'D-1'")
database.commit()
print("saved", flush=True)
time.sleep(600)
"""


def test_what_qgis_saved_beside_a_geopackage_is_seen_and_nothing_is_touched(zone: LiveZone) -> None:
    """A database in use holds its latest changes in a journal; one left behind, too."""
    source = zone.folder / "sites.geojson"
    of = schema().layers["sites"]
    path = zone.folder / "sites.gpkg"
    layer.write(layer.read(source, of).frame, path, of)
    source.unlink()
    good = look(zone)
    program = [sys.executable, "-c", GEOPACKAGE_AT_WORK, str(path)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "saved\n"
        before = contents(zone.folder)
        assert "sites.gpkg-wal" in before
        changed = look(zone)
        other.kill()
    assert changed.page != good.page
    assert look(zone).page == changed.page
    assert contents(zone.folder) == before


# ------------------------------------------------------------------ when to look


def test_lock_files_and_what_readers_touch_say_nothing(folder: Path) -> None:
    before = snapshot(folder)
    for name in ("~$sites.csv", ".~lock.sites.csv#", ".sites.geojson.swp", "sites.gpkg-shm"):
        (folder / name).write_text("x")
    assert snapshot(folder) == before
    (folder / "sites.gpkg-wal").write_text("x")
    assert snapshot(folder) != before
    assert snapshot(folder / "nowhere") == {}


def test_a_file_may_be_gone_for_a_moment(folder: Path) -> None:
    path = folder / "sectors.csv"

    async def save() -> Any:
        before, held = snapshot(folder), path.read_bytes()
        path.unlink()
        looking = asyncio.create_task(stable_snapshot(folder, before))
        await asyncio.sleep(0.1)
        path.write_bytes(held)
        return await looking

    assert "sectors.csv" in in_thread(save())


def test_a_save_is_told_soon_and_the_folder_may_come_again(folder: Path) -> None:
    async def moments() -> list[float]:
        took = []
        beats = changes(folder)
        for change in (save, anew, save):
            await asyncio.wait_for(anext(beats), LONG_S)
            before, start = snapshot(folder), time.perf_counter()
            change()
            while snapshot(folder) == before or not snapshot(folder):
                await asyncio.wait_for(anext(beats), LONG_S)
            await asyncio.wait_for(anext(beats), LONG_S)
            took.append(time.perf_counter() - start)
        await beats.aclose()  # type: ignore[attr-defined]
        return took

    def save() -> None:
        replace(folder / "sites.geojson", (folder / "sites.geojson").read_bytes())

    def anew() -> None:
        folder.rename(folder.with_name("before"))
        shutil.copytree(folder.with_name("before"), folder)

    assert max(in_thread(moments())) < LONG_S


# ------------------------------------------------------------------ the command


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One preview for all who only ask."""
    folder = tiny_zone(tmp_path_factory.mktemp("preview") / "layers")
    before = contents(folder)
    with preview(folder, "--no-open") as one:
        yield one
    assert contents(folder) == before


def test_the_door_gives_a_cookie_and_the_room_takes_it(running: Running) -> None:
    session, cookie = running.login()
    for name, kind in {"": "html", "preview.js": "javascript", "preview.css": "css"}.items():
        answer = running.request(session + name, cookie=f"other=1; {cookie}; third")
        assert answer.status == 200
        assert kind in answer.headers["content-type"]
    page = running.request(f"{session}map?anything", cookie=cookie).read().decode()
    assert page.startswith("<!DOCTYPE html>")


def test_the_news_are_a_stream(running: Running) -> None:
    session, cookie = running.login()
    answer = running.request(f"{session}events", cookie=cookie)
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = [answer.readline().decode().strip() for _ in range(2)]
    told = json.loads(lines[1].removeprefix("data: "))
    assert told["issues"]["counts"] == {"error": 0, "warning": 0, "advice": 0}
    assert told["notices"] == []


@pytest.mark.parametrize("key", ["", "x", "..", "%00", "%c3%a9%ff", "A" * 43, "A" * 20_000])
def test_without_the_key_there_is_nothing(running: Running, key: str) -> None:
    for path in (
        f"/{key}",
        f"/{key}/",
        f"/{key}/map",
        f"{running.login_path}{key}x",
        f"{running.login_path}/",
    ):
        answer = running.request(path)
        assert answer.status == 404
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("cookie", ["", "gxq=", "gxq=x", "gxq", "other=1", "gxq=\xff", "=;;;"])
def test_the_room_without_its_cookie_is_shut(running: Running, cookie: str) -> None:
    session, _ = running.login()
    for name in ("", "map", "events", "preview.js"):
        answer = running.request(session + name, cookie=cookie)
        assert answer.status == 403
        assert "gxq preview" in answer.read().decode()


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1", "localhost", "127.0.0.1:1", "", "127.0.0.1.evil.example:{}"],
)
def test_another_host_is_not_answered(running: Running, host: str) -> None:
    """DNS rebinding: a web page whose name leads here asks under that name."""
    session, cookie = running.login()
    for path in (running.login_path, session, f"{session}map"):
        answer = running.request(path, host=host.format(running.port), cookie=cookie)
        assert answer.status == 421
        assert answer.headers["set-cookie"] is None
    assert running.request(session, host=f"localhost:{running.port}", cookie=cookie).status == 200


@pytest.mark.parametrize(
    "method", ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"]
)
def test_only_get_is_answered(running: Running, method: str) -> None:
    session, cookie = running.login()
    for path in (running.login_path, f"{session}map"):
        answer = running.request(path, method, cookie=cookie)
        assert answer.status == 405
        assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    "path",
    [
        "../zone.toml",
        "../../../../etc/passwd",
        "..%2f..%2fzone.toml",
        "%2e%2e/%2e%2e/etc/passwd",
        "zone.toml",
        "layers/",
        "preview.html",
        "map/",
        "map/../map",
        "/etc/passwd",
        "..\\zone.toml",
    ],
)
def test_no_path_leads_to_a_file(running: Running, path: str) -> None:
    session, cookie = running.login()
    answer = running.request(session + path, cookie=cookie)
    assert answer.status == 404
    assert answer.read() == b"404\n"


def test_nothing_is_told_to_other_sites(running: Running) -> None:
    session, cookie = running.login()
    for path in (
        "/",
        running.login_path,
        session,
        f"{session}map",
        f"{session}events",
        f"{session}nothing",
    ):
        answer = running.request(path, cookie=cookie, origin="https://evil.example")
        headers = answer.headers
        assert not [name for name in headers if name.lower().startswith("access-control")]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "frame-ancestors" in headers["content-security-policy"] or path.endswith(".js")
        assert headers["server"] is None


def test_only_the_page_around_the_map_may_ask_the_server(running: Running) -> None:
    session, cookie = running.login()
    around = running.request(session, cookie=cookie).headers["content-security-policy"]
    assert "connect-src 'self'" in around
    assert "default-src 'none'" in around
    assert "unsafe" not in around
    page = running.request(f"{session}map", cookie=cookie)
    assert page.headers["content-security-policy"] == "frame-ancestors 'self'"
    said = re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', page.read().decode())
    assert said
    assert "connect-src" not in said[1]
    assert "default-src &#x27;none&#x27;" in said[1]


def test_no_other_interface_is_listened_on(running: Running) -> None:
    names = socket.getaddrinfo(socket.gethostname(), running.port, type=socket.SOCK_STREAM)
    others = {str(at[0]) for *_, at in names} - {"127.0.0.1"} | {"127.0.0.2", "::1"}
    for other in others:
        with (
            pytest.raises(OSError, match=r".*"),
            socket.create_connection((other, running.port), 2),
        ):
            pass
    socket.create_connection(("127.0.0.1", running.port), LONG_S).close()


def test_a_port_in_use_is_said(running: Running, folder: Path) -> None:
    program = [sys.executable, "-m", "gxq_geo", "preview", str(folder), "--lang", "en"]
    done = subprocess.run(
        [*program, "--no-open", "--port", str(running.port)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Port {running.port} is not available: Address already in use")
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_cannot_be_shown_is_said(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "gxq_geo", "preview", str(tmp_path), "--no-open"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "zone.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_browser_is_given_an_address_that_works_once(folder: Path, tmp_path: Path) -> None:
    """Others on this machine see how the browser was started."""
    told = tmp_path / "told"
    script = tmp_path / "browser.py"
    script.write_text(f"import pathlib, sys; pathlib.Path({str(told)!r}).write_text(sys.argv[1])")
    with preview(folder, BROWSER=f"{sys.executable} {script} %s") as one:
        until = time.monotonic() + LONG_S
        while not (told.exists() and told.read_text()):
            assert time.monotonic() < until
            time.sleep(0.05)
        once = told.read_text().removeprefix(f"http://127.0.0.1:{one.port}")
        assert once != one.login_path
        assert [one.request(once).status, one.request(once).status] == [303, 404]
        assert [one.request(one.login_path).status, one.request(one.login_path).status] == [
            303,
            303,
        ]


def test_ctrl_c_ends_it_while_a_browser_listens(folder: Path) -> None:
    with preview(folder, "--no-open", "--lang", "en") as one:
        session, cookie = one.login()
        stream = one.request(f"{session}events", cookie=cookie)
        assert stream.readline()
        start = time.monotonic()
        one.process.send_signal(signal.SIGINT)
        one.process.wait(LONG_S)
        assert time.monotonic() - start < LONG_S


def test_each_word_of_the_page_is_used() -> None:
    home = Path(str(sys.modules["gxq_geo.preview"].__file__)).parent
    source = "\n".join(one.read_text("utf-8") for one in home.rglob("*.*") if one.suffix != ".pyc")
    for key in words.table("preview", "en"):
        assert f'"preview.{key}"' in source or f".{key}" in source, key
