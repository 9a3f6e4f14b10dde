"""The texts of a fiscal year's report, version by version."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import DatabaseError

from inventory.database import Database, writing
from inventory.errors import Invalid, NotFound, Stale
from inventory.programmes import NewProgramme, create_programme
from inventory.report_texts import (
    CopyReportTexts,
    ReportTextCard,
    WriteReportText,
    copy_report_texts,
    report_text_card,
    report_text_history,
    report_texts,
    words_of,
    write_report_text,
)
from inventory.tables import Role
from tests.inventory.city import NOON, act, look, member, refused_fields, rows


def programme(database: Database, code: str, name: str, year: int = 2026) -> str:
    return act(database, create_programme, NewProgramme(code=code, fiscal_year=year, name=name)).id


def write(database: Database, item: int, words: str, year: int = 2026, **fields: str | None) -> ReportTextCard:
    order = WriteReportText.model_validate({"item": item, "words": words, **fields})
    return act(database, write_report_text, order, year=year)


def test_a_text_is_written_in_versions(database: Database) -> None:
    desk = member(database, "desk", Role.DESK)
    first = act(database, write_report_text, WriteReportText(item=1, words="だれでも\r\nつながる"), year=2026, by=desk)
    later = NOON + timedelta(days=1)
    second = act(
        database, write_report_text, WriteReportText(item=1, words="つながる", seen=first.id), year=2026, now=later
    )
    history = look(database, report_text_history, 2026, 1)
    assert [(card.id, card.words, card.by) for card in history] == [
        (second.id, "つながる", None),
        (first.id, "だれでも\nつながる", "desk さん"),
    ]
    assert look(database, report_texts, 2026) == history[:1]
    assert look(database, report_text_card, second.id) == history[0]
    assert look(database, report_texts, 2025) == []
    with pytest.raises(NotFound):
        look(database, report_text_card, "99")


def test_a_blank_version_takes_the_text_away(database: Database) -> None:
    write(database, 8, "続けます")
    write(database, 8, "")
    texts = look(database, report_texts, 2026)
    assert [card.words for card in texts] == [""] and words_of(texts, None) == {}


def test_two_writers_at_one_text(database: Database) -> None:
    first = write(database, 2, "一", seen=None)
    write(database, 2, "二", seen=first.id)
    for seen in (None, first.id):
        with pytest.raises(Stale):
            write(database, 2, "三", seen=seen)
    assert write(database, 2, "四").words == "四"


def test_the_texts_of_a_programme_are_those_of_its_name(database: Database) -> None:
    one, other = programme(database, "A1", "教室"), programme(database, "A2", "相談会")
    line = programme(database, "A3", "教室")
    write(database, 1, "教室の概要", programme=one)
    newest = write(database, 1, "教室の概要、直し", programme=line)
    write(database, 1, "相談会の概要", programme=other)
    write(database, 1, "未来")
    texts = look(database, report_texts, 2026)
    assert words_of(texts, "教室") == {1: "教室の概要、直し"} and words_of(texts, None) == {1: "未来"}
    assert next(card.id for card in look(database, report_text_history, 2026, 1, programme=one)) == newest.id
    for wrong, field in (({"item": 3, "programme": one}, "item"), ({"item": 1, "programme": "99"}, "programme")):
        with pytest.raises(Invalid) as refusal:
            act(database, write_report_text, WriteReportText.model_validate({"words": "x", **wrong}), year=2026)
        assert refused_fields(refusal) == [field]
    with pytest.raises(Invalid):
        write(database, 1, "去年の事業", year=2025, programme=one)


def test_last_year_is_a_start(database: Database) -> None:
    old, new = programme(database, "A1", "教室", 2025), programme(database, "B1", "教室", 2026)
    gone = programme(database, "A2", "なくなった事業", 2025)
    for item in (1, 5, 7):
        write(database, item, f"去年の{item}", year=2025)
    write(database, 1, "去年の教室", year=2025, programme=old)
    write(database, 1, "去年だけ", year=2025, programme=gone)
    write(database, 5, "ことしの5")
    done = act(database, copy_report_texts, CopyReportTexts(from_year=2025), year=2026)
    assert done.copied == 2
    texts = look(database, report_texts, 2026)
    assert words_of(texts, None) == {1: "去年の1", 5: "ことしの5"} and words_of(texts, "教室") == {1: "去年の教室"}
    assert {card.programme for card in texts if card.programme} == {new}
    for year in (2025, 2024, 2026):
        with pytest.raises(Invalid):
            act(database, copy_report_texts, CopyReportTexts(from_year=year), year=2026)


def test_the_journal_holds_no_word_of_it(database: Database) -> None:
    write(database, 1, "ひみつの言葉")
    assert "ひみつ" not in str([row.data for row in rows(database, "entry")])


def test_a_version_is_never_changed(database: Database) -> None:
    write(database, 1, "未来")
    for statement in ("UPDATE report_text SET item = 2", "DELETE FROM report_text"):
        with pytest.raises(DatabaseError), writing(database) as session:
            session.connection().exec_driver_sql(statement)
    with writing(database) as session:
        session.connection().exec_driver_sql("UPDATE report_text SET words = ''")
    assert look(database, report_texts, 2026)[0].words == ""
