"""The encoding of a file, by the evidence of its bytes."""

import pytest

from gxq_geo.formats.encoding import GB18030, UTF8, UTF16, decode_by_evidence

TEXT = "编号,名称\nA-1,蓼河新区,一二三\nA-2,㙍𠮷,Café\n"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", UTF8),
        ("utf-8-sig", UTF8),
        ("utf-16", UTF16),
        ("utf-16-le", UTF16),
        ("utf-16-be", UTF16),
        ("gb18030", GB18030),
    ],
)
def test_proven(encoding: str, name: str) -> None:
    assert decode_by_evidence(TEXT.encode(encoding)) == (TEXT, name)


def test_chinese_that_is_valid_utf8_by_chance() -> None:
    data = "id,状态\n".encode("gbk")
    assert data.decode() != "id,状态\n"
    assert decode_by_evidence(data) == ("id,状态\n", GB18030)


@pytest.mark.parametrize("text", ["id,naïve\n", "id,Ελλάδα\n", "id,Москва\n", "id\n", "状态"])
def test_utf8_is_not_taken_for_another(text: str) -> None:
    assert decode_by_evidence(text.encode()) == (text, UTF8)


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode()[:-1] + b"\xff",
        "濟寧高新區,園區編號,產業,請選擇\n".encode("big5"),
        "naïve,façade".encode("cp1252"),
        bytes(range(256)),
        b"PK\x03\x04\x14\x00\x00\x00\x08\x00",
        b"\xff\xfea",
        b"\xff\xfe\x00\xd8",
    ],
)
def test_not_proven(data: bytes) -> None:
    assert decode_by_evidence(data) is None
