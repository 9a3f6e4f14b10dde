"""Agreements in the rule book: what the act of signing keeps, and what stays when a person is erased."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import SQLModel

from inventory.agreement_sheets import agreement_card, loan_sheet, signature
from inventory.agreement_texts import BUILT_IN, WriteText, list_texts, write_text
from inventory.agreements import FilePaper, Sign, file_paper, sign
from inventory.database import Database, writing
from inventory.errors import Conflict, Invalid, NotFound
from inventory.loans import list_loans
from inventory.paper_forms import PrintForms, paper_form, print_forms
from inventory.pictures import AddPicture, Ready, add_picture, shown
from inventory.tags import look_up
from tests.inventory.city import (
    NOON,
    act,
    bring_back,
    devices,
    led_association,
    lend,
    loan,
    look,
    phones,
    rows,
    tablets,
)

DRAWING = Ready(b"\x89PNG drawing", "image/png", 900, 300)
WORDS = WriteText(opening="借ります。", promises=["守ります。"], statement="受け取りました。")


@pytest.fixture
def lent(database: Database) -> str:
    tablets(database, agreement_required=True, accessories=[{"name": "充電器", "count": 1}])
    devices(database, "T1", "T2")
    card = lend(database, {"association": led_association(database).id}, "T1", due={"end_of_office": True})
    return card.number


def signed(database: Database, number: str, ready: Ready | None = DRAWING, **fields: Any) -> Any:
    order = Sign(signed_name="金井 康男", consent=ready is None, **fields)
    return act(database, sign, order, loan=number, ready=ready)


def test_signing_keeps_words_devices_and_accessories_and_no_name_in_the_journal(database: Database, lent: str) -> None:
    card = signed(database, lent, by_proxy=True, relation="妻")
    assert card.text.promises == BUILT_IN.promises
    [row] = rows(database, "agreement")
    assert row.document["items"] == [
        {
            "asset_number": "T1",
            "call_number": None,
            "kind": "tablet",
            "model": "LAVIE Tab T9",
            "serial": None,
            "accessories": {"充電器": 1},
        }
    ]
    assert row.document["due"]["end_of_office"] is True and row.document["lent_on"] == "2026-11-24"
    assert (row.signature, row.signature_sha256) == (DRAWING.content, DRAWING.sha256)
    told = rows(database, "entry")[-1]
    assert told.act == "sign_agreement" and row.entry == told.seq
    assert told.data["notes"][0][1] == {
        "loan": lent,
        "method": "screen",
        "text": "tablets/1",
        "paper": None,
        "signature": DRAWING.sha256,
    }
    for word in ("金井", "妻"):
        assert word not in str(told.data) and word not in str(row.document)


def test_the_first_words_become_a_row_when_they_are_needed(database: Database, lent: str) -> None:
    assert rows(database, "agreement_text") == []
    assert [text.since for text in look(database, list_texts, "tablets")] == [None]
    second = act(database, write_text, WORDS, pool="tablets")
    assert (second.version, second.since) == (2, date(2026, 11, 24))
    assert [row.version for row in rows(database, "agreement_text")] == [1, 2]
    assert signed(database, lent).text.version == 2
    act(database, write_text, WORDS, pool="tablets")
    assert look(database, agreement_card, lent).text.version == 2
    with pytest.raises(NotFound):
        act(database, write_text, WORDS, pool="none")
    with pytest.raises(Conflict):
        act(database, write_text, WORDS.model_copy(update={"seen": 2}), pool="tablets")


def test_one_loan_has_one_agreement(database: Database, lent: str) -> None:
    signed(database, lent)
    paper = FilePaper(signed_name="別の人", signed_on=date(2026, 11, 24))
    with pytest.raises(Conflict):
        signed(database, lent, None)
    with pytest.raises(Conflict):
        act(database, file_paper, paper, loan=lent, ready=None)
    assert len(rows(database, "agreement")) == 1


def test_a_refused_signing_leaves_nothing(database: Database, lent: str) -> None:
    for wrong in ({"by_proxy": True}, {"text_version": 2}):
        with pytest.raises((Invalid, NotFound)):
            signed(database, lent, **wrong)
    with pytest.raises(Invalid):
        act(database, sign, Sign(signed_name="金井"), loan=lent, ready=None)
    assert rows(database, "agreement") == [] and rows(database, "agreement_text") == []
    assert loan(database, lent).agreement == "missing"


def test_a_relation_without_a_proxy_is_nobodys(database: Database, lent: str) -> None:
    assert signed(database, lent, relation="妻").relation is None


def test_the_first_pool_that_wants_an_agreement_gives_the_words(database: Database, lent: str) -> None:
    phones(database)
    devices(database, "S1", pool="phones")
    number = lend(database, {"section": "福祉課"}, "S1", "T2", due={"on": "2026-12-01"}).number
    assert loan(database, number).agreement == "missing"
    assert look(database, loan_sheet, number, now=NOON).text.pool == "tablets"
    other = lend(database, {"section": "土木課"}, *_another_phone(database), due={"on": "2026-12-01"}).number
    assert loan(database, other).agreement == "not_needed"
    assert look(database, loan_sheet, other, now=NOON).text.pool == "phones"


def _another_phone(database: Database) -> list[str]:
    devices(database, "S2", pool="phones")
    return ["S2"]


def test_the_list_of_the_unsigned_ends_with_a_signature_not_with_a_return(database: Database, lent: str) -> None:
    def unsigned() -> list[str]:
        return [card.number for card in look(database, list_loans, now=NOON, agreement="missing").items]

    assert unsigned() == [lent]
    bring_back(database, "T1")
    assert unsigned() == [lent]
    signed(database, lent)
    assert unsigned() == []


def test_erasing_blanks_the_person_and_keeps_the_hash(database: Database, lent: str) -> None:
    """A person can be erased later; every card and list still reads, and the count stays."""
    signed(database, lent, by_proxy=True, relation="妻")
    table = SQLModel.metadata.tables["agreement"]
    with writing(database) as session:
        blank = {"signed_name": None, "relation": None, "signature": None, "erased_at": NOON}
        session.connection().execute(update(table).values(**blank))
    card = look(database, agreement_card, lent)
    assert (card.signed_name, card.relation, card.has_signature, card.erased) == (None, None, False, True)
    assert card.signature_sha256 == DRAWING.sha256
    assert look(database, loan_sheet, lent, now=NOON).agreement == card
    with pytest.raises(NotFound):
        look(database, signature, lent)


def test_a_form_is_a_number_of_its_own_until_a_loan_has_it(database: Database, lent: str) -> None:
    [number] = act(database, print_forms, PrintForms(pool="tablets")).numbers
    assert look(database, look_up, number).card.model_dump() == {"number": number, "loan": None}  # type: ignore[union-attr]
    paper = FilePaper(signed_name="金井 康男", signed_on=date(2026, 11, 20), paper=number)
    act(database, write_text, WORDS, pool="tablets")
    card = act(database, file_paper, paper, loan=lent, ready=Ready(b"scan", "image/jpeg", 10, 20))
    # The words are those on the paper, whatever was written since it was printed.
    assert (card.text.version, card.paper, len(card.scans)) == (1, number, 1)
    assert look(database, paper_form, number).loan == lent
    assert look(database, shown, card.scans[0]).personal
    assert card.signed_at.isoformat() == "2026-11-19T15:00:00+00:00"


def test_a_picture_names_the_return_it_belongs_to(database: Database, lent: str) -> None:
    bring_back(database, "T1", op_id="return-1")
    order = AddPicture(picture="0" * 64, operation="return-1")
    card = act(database, add_picture, order, device="t1", ready=Ready(b"jpeg", "image/jpeg", 4, 3))
    assert (card.device, card.loan) == ("T1", lent)
    assert not look(database, shown, card.id).personal
    with pytest.raises(NotFound):
        act(database, add_picture, order.model_copy(update={"operation": "none"}), device="T1", ready=DRAWING)
