from __future__ import annotations

from pathlib import Path

import pytest

from vla_sim.errors import InputError
from vla_sim.sdf.document import MAX_DEPTH, parse_document, read_document

HERE = Path("file.sdf")


def test_nodes_know_their_line_and_text() -> None:
    root = parse_document(b"<a>\n <b x=' 1 '>\n  two <!-- three -->\n </b>\n <c/>\n</a>", HERE)
    b, c = root.children
    assert (b.line, b.text, b.attribute("x")) == (2, "two", "1")
    assert (c.line, c.text, c.attribute("x")) == (5, "", None)


def test_only_elements_asked_for_are_seen() -> None:
    root = parse_document(b"<a><b/><b/><c/></a>", HERE)
    root.child("b")
    assert [node.seen for node in root.children] == [True, False, False]
    root.all("b")
    assert [node.seen for node in root.children] == [True, True, False]


def test_a_missing_child_is_an_error_at_its_parent() -> None:
    root = parse_document(b"<a>\n<b/></a>", HERE)
    with pytest.raises(InputError, match=r"^file.sdf:2: <b>: <c> is missing"):
        root.children[0].need("c")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "no element found"),
        (b"<a>", "no element found"),
        (b"<a></b>", "mismatched tag"),
        (b"<a x=1/>", "not well-formed"),
        (b"<a>\x00</a>", "not well-formed"),
        (b"\xff\xfe\x00", "not well-formed"),
        (b"<a>&nbsp;</a>", "undefined entity"),
        (b"<!-- never closed <a/>", "not well-formed"),
        (b"<?xml version='1.0' encoding='klingon'?><a/>", "cannot decode"),
        (b"<?xml version='1.0' encoding='shift_jis'?><a/>", "cannot decode"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "DOCTYPE> is not allowed"),
        (b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "DOCTYPE> is not allowed"),
        (b"<a>" * (MAX_DEPTH + 1), "nested deeper"),
    ],
)
def test_what_is_no_document_is_one_clear_line(text: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_document(text, HERE)
    assert str(caught.value).startswith("file.sdf")
    assert "\n" not in str(caught.value)


def test_an_entity_bomb_is_refused_before_it_grows() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE a [<!ENTITY e0 "ha">{levels}]><a>&e11;</a>'.encode()
    with pytest.raises(InputError, match="DOCTYPE"):
        parse_document(bomb, HERE)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig", "iso-8859-1"])
def test_encodings(encoding: str) -> None:
    declared = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    text = f"<?xml version='1.0' encoding='{declared}'?><a>é</a>".encode(encoding)
    assert parse_document(text, HERE).text == "é"


def test_comments_that_gazebo_takes() -> None:
    root = parse_document(b"<a><!-- run: gz sim -v 4 --headless --\n--><b/><![CDATA[<!-- kept -->]]></a>", HERE)
    assert root.children[0].line == 2
    assert root.text == "<!-- kept -->"


def test_blanks_before_the_declaration_keep_lines_right() -> None:
    root = parse_document(b"\n\n<?xml version='1.0'?>\n<a/>", HERE)
    assert (root.tag, root.line) == ("a", 4)


def test_many_unclosed_comments_take_no_time() -> None:
    with pytest.raises(InputError):
        parse_document(b"<a>" + b"<!--" * 1_000_000, HERE)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_document(tmp_path / "missing.sdf")
    with pytest.raises(InputError, match="no such file"):
        read_document(tmp_path)


def test_a_giant_file_is_not_read(tmp_path: Path) -> None:
    giant = tmp_path / "giant.sdf"
    with giant.open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(InputError, match="are more than"):
        read_document(giant)


def test_too_many_elements() -> None:
    with pytest.raises(InputError, match="elements; split the file"):
        parse_document(b"<a>" + b"<b/>" * 500_000 + b"</a>", HERE)
