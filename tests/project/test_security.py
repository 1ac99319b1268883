"""What somebody's layers may try: each is refused with a clear error, soon, and nobody is asked.

Every address in these inputs leads to a port of this machine, where somebody listens.
"""

import gzip
import io
import os
import resource
import socket
import sqlite3
import subprocess
import sys
import textwrap
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gxq_geo.schemas import schema
from gxq_geo.zone import layer
from tests.formats.test_geopackage import package
from tests.support.command import Done, gxq
from tests.support.zones import SETTINGS, block, tiny_zone

SITES = schema().layers["sites"]


class Ear:
    """Listens on a port of this machine, and keeps who called."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.1)
        self.port: int = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.open = True
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self) -> None:
        while self.open:
            try:
                caller, _ = self.socket.accept()
            except TimeoutError:
                continue
            with caller:
                caller.settimeout(0.5)
                try:
                    self.calls.append(caller.recv(2000).decode("latin-1"))
                    caller.sendall(b"HTTP/1.0 404 Not Found\r\n\r\n")
                except OSError:
                    self.calls.append("somebody")

    def close(self) -> None:
        self.open = False
        self.thread.join()
        self.socket.close()


@pytest.fixture(scope="module")
def listening() -> Iterator[Ear]:
    one = Ear()
    with socket.create_connection(("127.0.0.1", one.port)) as caller:
        caller.sendall(b"hello")
        caller.recv(10)
    assert one.calls == ["hello"]
    yield one
    one.close()


@pytest.fixture
def ear(listening: Ear) -> Iterator[Ear]:
    """Hears nothing while the test runs."""
    listening.calls.clear()
    yield listening
    assert listening.calls == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


def refused(*words: str | Path, said: str = "") -> str:
    """What the command says as it refuses: in words, without a traceback, in both languages."""
    told = []
    for lang in ("zh", "en"):
        done: Done = gxq("check", *words, "--lang", lang)
        out = done.out + done.err
        assert done.status in (1, 2)
        assert out.strip()
        assert "Traceback" not in out
        assert "\x1b" not in out
        told.append(out)
    assert said in told[1]
    return told[1]


# ------------------------------------------------------------------ what GDAL would open

VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="sites"><SrcDataSource>{0}</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>"
)
PHRASES = (
    "/vsicurl/{0}/sites.geojson",
    "/vsizip//vsicurl/{0}/sites.zip",
    "/vsigzip//vsicurl/{0}/sites.gz",
    "WFS:{0}/wfs",
    "OAPIF:{0}",
    "ESRIJSON:{0}/x",
    "GeoJSON:{0}/sites.geojson",
    "{0}/sites.geojson",
    "CSW:{0}",
    "PG:host=127.0.0.1 port={1}",
    "MySQL:x,host=127.0.0.1,port={1}",
    VRT.format("{0}/sites.geojson"),
)


@pytest.mark.parametrize("phrase", PHRASES)
@pytest.mark.parametrize("suffix", ["", ".gpkg"])
def test_a_phrase_of_gdal_is_no_path(ear: Ear, phrase: str, suffix: str) -> None:
    refused(phrase.format(ear.url, ear.port) + suffix)


@pytest.mark.parametrize("name", ["sites.geojson", "sites.gpkg", "sectors.csv"])
@pytest.mark.parametrize("phrase", [PHRASES[0], "WFS:{0}/wfs", "{0}/x", VRT.format("{0}/x")])
def test_a_file_that_holds_a_phrase_of_gdal(folder: Path, ear: Ear, name: str, phrase: str) -> None:
    if name.endswith(".gpkg"):
        (folder / "sites.geojson").unlink()
    (folder / name).write_text(phrase.format(ear.url), encoding="utf-8")
    assert name in refused(folder)
    refused(folder / name)


def test_a_vrt_beside_the_layers_is_not_read(folder: Path, ear: Ear) -> None:
    (folder / "sites.vrt").write_text(VRT.format(f"/vsicurl/{ear.url}/x.geojson"), "utf-8")
    assert gxq("check", folder).status == 0
    refused(folder / "sites.vrt", said=".geojson")


@pytest.mark.parametrize(
    "crs",
    [
        '{{"type":"link","properties":{{"href":"{0}/crs.wkt","type":"esriwkt"}}}}',
        '{{"type":"name","properties":{{"name":"{0}/def/crs/EPSG/0/4326x"}}}}',
        '{{"type":"url","properties":{{"url":"{0}"}}}}',
    ],
)
def test_a_link_in_crs_is_not_followed(folder: Path, ear: Ear, crs: str) -> None:
    path = folder / "sites.geojson"
    text = path.read_text("utf-8")
    written = f'"crs":{crs.format(ear.url)},"features"'
    path.write_text(text.replace('"features"', written, 1), encoding="utf-8")
    assert "[crs-" in refused(folder, said="crs")


@pytest.mark.parametrize("key", ["$ref", "href", "@context", "links", "coordinates"])
def test_an_address_anywhere_in_geojson_is_text(folder: Path, ear: Ear, key: str) -> None:
    path = folder / "sites.geojson"
    text = path.read_text("utf-8")
    path.write_text(text.replace('"features"', f'"{key}":"{ear.url}/x","features"', 1), "utf-8")
    assert gxq("check", folder, "--lang", "en").status == 0


@pytest.mark.parametrize(
    "crs",
    [
        "{0}/crs",
        "/vsicurl/{0}/crs.wkt",
        "+proj=tmerc +lon_0=117 +nadgrids={0}/grid.gsb +units=m",
        "+proj=tmerc +lon_0=117 +nadgrids={1} +units=m",
        "+init={1}:1",
        "{1}",
        "urn:ogc:def:crs:EPSG::99999999",
        "(" * 100_000,
    ],
)
def test_the_metric_crs_of_a_zone_asks_nobody(
    folder: Path, tmp_path: Path, ear: Ear, crs: str
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    said = crs.format(ear.url, pipe)
    (folder / "zone.toml").write_text(SETTINGS.replace("EPSG:4548", said), encoding="utf-8")
    refused(folder, said="measure_crs")


# ------------------------------------------------------------------ GeoPackage


def query(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
    return path


AS_VIEW = (
    "ALTER TABLE sites RENAME TO own",
    "CREATE VIEW sites AS SELECT fid, geom, {0} AS site_id FROM own",
)
CALLS = (
    "ogr_geocode('{0}')",
    "ogr_geocode('x', 'geometry', 'SERVICE=OSM_NOMINATIM', 'SERVER_URL={0}')",
    "gdal_get_pixel_value('/vsicurl/{0}/x.tif', 1, 'pixel', 0, 0)",
    "ogr_datasource_load_layers('/vsicurl/{0}/x.geojson')",
    "load_extension('{1}')",
    "readfile('{1}')",
    "CastToXML(XB_LoadXML('{0}/x.xml'))",
)


@pytest.mark.parametrize("call", CALLS)
def test_a_view_of_a_geopackage_calls_nothing(folder: Path, ear: Ear, call: str) -> None:
    (folder / "sites.geojson").unlink()
    path = package(folder / "sites.gpkg", block(0, 0, 10, 10), values={"site_id": "A"})
    query(path, *(one.format(call.format(ear.url, folder / "sites.gpkg")) for one in AS_VIEW))
    assert "sites.gpkg" in refused(folder, said="[gpkg-view]")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIRTUAL TABLE sites USING VirtualOGR('/vsicurl/{0}/x.geojson')",
        "CREATE VIRTUAL TABLE sites USING VirtualShape('{1}', 'UTF-8', 4326)",
        "CREATE VIRTUAL TABLE sites USING rtree(id, a, b, c, d)",
    ],
)
def test_a_virtual_table_is_no_layer(folder: Path, ear: Ear, statement: str) -> None:
    (folder / "sites.geojson").unlink()
    path = package(folder / "sites.gpkg", block(0, 0, 10, 10))
    said = statement.format(ear.url, folder / "parks.geojson").replace("'", "''")
    query(
        path,
        "ALTER TABLE sites RENAME TO own",
        "PRAGMA writable_schema = ON",
        f"INSERT INTO sqlite_master VALUES ('table', 'sites', 'sites', 0, '{said}')",
    )
    refused(folder, said="sites.gpkg")


def test_triggers_and_extensions_do_nothing(folder: Path, ear: Ear) -> None:
    path = package(folder / "sites.gpkg", block(0, 0, 10, 10), values={"site_id": "A"})
    (folder / "sites.geojson").unlink()
    query(
        path,
        "CREATE TABLE heard (x)",
        f"CREATE TRIGGER t AFTER UPDATE ON sites BEGIN INSERT INTO heard VALUES ('{ear.url}'); END",
        "CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name, column_name, extension_name,"
        " definition, scope)",
        f"INSERT INTO gpkg_extensions VALUES ('sites', 'geom', 'evil', '{ear.url}', 'read-write')",
    )
    before = path.read_bytes()
    gxq("check", folder)
    assert path.read_bytes() == before
    assert sorted(one.name for one in folder.glob("sites.gpkg*")) == ["sites.gpkg"]
    assert len(layer.read(path, SITES).frame) == 1


# ------------------------------------------------------------------ what is no plain file


def outside(path: Path) -> None:
    secret = path.parent.parent / "secret.csv"
    secret.write_text("password,hunter2\n", encoding="utf-8")
    path.symlink_to(secret)


def further(path: Path) -> None:
    """A link to a link that leads out."""
    outside(path.with_name(".inner"))
    path.symlink_to(path.with_name(".inner"))


def bound(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # The name of a socket is short.
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


ODD: dict[str, Callable[[Path], object]] = {
    "a link that leads out": outside,
    "a link to a link that leads out": further,
    "a link to itself": lambda path: path.symlink_to(path),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to nothing": lambda path: path.symlink_to(path.parent / "nothing"),
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a socket": bound,
}


@pytest.mark.parametrize("make", ODD.values(), ids=list(ODD))
@pytest.mark.parametrize("name", ["sites.geojson", "sectors.csv", "green.gpkg", "zone.toml"])
def test_what_is_no_plain_file_is_refused(
    folder: Path, name: str, make: Callable[[Path], object]
) -> None:
    for path in folder.glob(f"{Path(name).stem}.*"):
        path.unlink()
    make(folder / name)
    said = refused(folder, said=name if name != "zone.toml" else "")
    assert "hunter2" not in said
    if name != "zone.toml":
        assert "hunter2" not in refused(folder / name)


def test_a_link_within_the_folder_is_followed(folder: Path) -> None:
    (folder / "sectors.csv").rename(folder / "产业.txt")
    (folder / "sectors.csv").symlink_to("产业.txt")
    assert gxq("check", folder).status == 0
    (folder.parent / "link").symlink_to(folder)
    assert gxq("check", folder.parent / "link").status == 0


# ------------------------------------------------------------------ archives, and sheer size


def bomb(path: Path) -> None:
    """One hundred million bytes in one hundred thousand."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("layers/sites.geojson", b" " * 100_000_000)


def climbing(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../outside.txt", "out")
        archive.writestr("/absolute.txt", "out")
        archive.writestr("sites.geojson", "{}")


def zipped(path: Path) -> None:
    data = io.BytesIO()
    with gzip.GzipFile(fileobj=data, mode="wb") as stream:
        stream.write(b" " * 10_000_000)
    path.write_bytes(data.getvalue())


@pytest.mark.parametrize("make", [bomb, climbing, zipped])
@pytest.mark.parametrize(
    "name", ["sites.geojson", "sites.gpkg", "sectors.csv", "sites.zip", "sites.geojson.gz"]
)
def test_an_archive_is_never_unpacked(
    folder: Path, name: str, make: Callable[[Path], None]
) -> None:
    for path in folder.glob(f"{name.partition('.')[0]}.*"):
        path.unlink()
    make(folder / name)
    before = {path: path.stat().st_size for path in folder.parent.rglob("*")}
    assert name in refused(folder)
    refused(folder / name)
    assert {path: path.stat().st_size for path in folder.parent.rglob("*")} == before


@pytest.mark.parametrize("make", [bomb, climbing])
def test_an_archive_is_no_folder_of_layers(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "layers.zip")
    refused(tmp_path / "layers.zip", said=".geojson")
    assert [path.name for path in tmp_path.iterdir()] == ["layers.zip"]


@pytest.mark.slow
@pytest.mark.parametrize("size", [900 << 20, 8 << 30])
@pytest.mark.parametrize("name", ["sites.geojson", "sectors.csv", "zone.toml", "sites.gpkg"])
def test_a_huge_file_of_nothing_costs_little(folder: Path, name: str, size: int) -> None:
    """In a process of its own, whose time and memory are bounded."""
    for path in folder.glob(f"{Path(name).stem}.*"):
        path.unlink()
    with (folder / name).open("wb") as stream:
        stream.truncate(size)

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
        resource.setrlimit(resource.RLIMIT_DATA, (1 << 31, 1 << 31))

    command = [sys.executable, "-m", "gxq_geo", "check", str(folder), "--lang", "en"]
    done = subprocess.run(
        command, capture_output=True, text=True, preexec_fn=bounded, timeout=120, check=False
    )
    assert done.returncode in (1, 2), done.stderr
    assert "Traceback" not in done.stderr
    assert name in done.stdout + done.stderr


@pytest.mark.parametrize(
    "value", ["9" * 5000, "[" * 5000, "0x" + "f" * 5000, "1e999999", "a." * 5000]
)
def test_settings_without_end_are_refused(folder: Path, value: str) -> None:
    text = (folder / "zone.toml").read_text("utf-8")
    (folder / "zone.toml").write_text(f"short_zh = {value}\n{text}", encoding="utf-8")
    assert "zone.toml" in refused(folder)


# ------------------------------------------------------------------ names that steer a terminal

ODD_NAMES = ["\x1b[2J\x1b[31msites", "a\nerror: 0", "\u202egpj.sites", "\x9b31m", "a\rb", "\ufeffx"]


@pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
def test_a_name_does_not_steer_the_terminal(folder: Path, name: str) -> None:
    (folder / f"{name}.geojson").write_text("{}", encoding="utf-8")
    text = (folder / "zone.toml").read_text("utf-8")
    out = refused(folder) + refused(folder / f"{name}.geojson")
    escaped = "".join(f"\\u{ord(one):04x}" for one in name)
    (folder / "zone.toml").write_text(f'"{escaped}" = 1\n{text}', encoding="utf-8")
    out += refused(folder)
    assert not set(out) & set("\x1b\x9b\u202e\r")


def test_nobody_is_asked_at_import(ear: Ear) -> None:
    """Not even where PROJ and GDAL are told that they may."""
    script = textwrap.dedent("""
        import gxq_geo
        zone = gxq_geo.open_zone("layers")
        print(len(zone.metric("sites")))
    """)
    allowed = {"PROJ_NETWORK": "ON", "PROJ_NETWORK_ENDPOINT": ear.url, "GDAL_HTTP_PROXY": ear.url}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **allowed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
