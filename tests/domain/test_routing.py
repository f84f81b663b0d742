"""Tests of routing rules: which rule matches a customer's message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roms_app.domain import wording
from roms_app.domain.routing import MAX_TEXT, Rule, first_match, fold, split

LETTERS = st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=12).filter(
    # Unicode's own words have no case: Turkish dotless i is an I in upper case.
    lambda word: fold(word) != "" and fold(word) == fold(word.upper())
)


def word_found(keywords: str, text: str, kind: str = "keyword") -> str | None:
    """The first word of a rule of this kind that is in the text."""
    rule = Rule(1, kind, 10, "Shipping", keywords=keywords)
    fit = first_match([rule], text, is_first_contact=False, label_ids=())
    return fit.word if fit else None


@pytest.mark.parametrize(
    ("keywords", "text", "found"),
    [
        ("refund", "I want a REFUND, please", "refund"),
        ("refund, uang kembali", "mau uang\n  kembali dong", "uang kembali"),
        ("Refund", "ini refund-nya kapan?", "Refund"),
        ("refund", "refunds", None),
        ("fund", "refund", None),
        ("harga", "berharga", None),
        ("café", "di CAFE mana", "café"),
        ("cafe", "di Café mana", "cafe"),
        ("straße", "STRASSE 5", "straße"),
        ("İstanbul", "istanbul'a", "İstanbul"),
        ("❤️", "terima kasih ❤", "❤️"),
        ("👍", "ok👍👍", "👍"),
        ("استرجاع", "أريد اِسْتِرْجَاع المال", "استرجاع"),
        ("مال", "المال", None),
        ("退款", "我要退款", "退款"),
        ("คืนเงิน", "ขอคืนเงินค่ะ", "คืนเงิน"),
        ("कल", "कला", None),
        ("c++", "belajar C++ dong", "c++"),
        ("5", "15", None),
        ("zwei", "drei\u200bzwei", "zwei"),
        ("", "anything", None),
        (" , ,", "anything", None),
        ("anything", "", None),
        ("a,b", "b a", "a"),
    ],
)
def test_a_word_is_found(keywords: str, text: str, found: str | None) -> None:
    assert word_found(keywords, text) == found


@pytest.mark.parametrize(
    ("kind", "keywords", "text", "found"),
    [
        ("keyword", "ongkir, resi", "ongkirnya berapa, resinya mana", None),
        ("word_start", "ongkir", "ongkirnya berapa", "ongkir"),
        ("word_start", "resi", "Resinya mana", "resi"),
        ("word_start", "resi", "bapak presiden", None),
        ("word_start", "kirim", "kapan dikirim", None),
        ("word_start", "uang kembali", "uang kembalian", "uang kembali"),
        ("word_part", "kirim", "kapan dikirim", "kirim"),
        ("word_part", "kirim", "PENGIRIMAN", None),
        ("word_part", "resi", "bapak presiden", "resi"),
        ("word_part", "cafe", "kafe, cáfenya", "cafe"),
        ("word_part", "refund", "", None),
    ],
)
def test_how_a_word_is_looked_for(kind: str, keywords: str, text: str, found: str | None) -> None:
    assert word_found(keywords, text, kind) == found


@given(LETTERS, LETTERS, LETTERS)
def test_what_is_found_as_a_whole_word_is_found_by_the_wider_kinds(before: str, word: str, after: str) -> None:
    text = f"{before} {word} {after}"
    assert word_found(word, text, "word_start") == word_found(word, text, "word_part") == word


@given(LETTERS, LETTERS, LETTERS)
def test_a_word_is_found_among_others_in_any_case(before: str, word: str, after: str) -> None:
    assert word_found(word, f"{before} {word.upper()}, {after}") == word
    assert word_found(word.upper(), f"{before}\t{word}\n{after}") == word.upper()


@given(st.text(st.characters(codec="ascii", categories=["Ll", "Nd"]), min_size=1), st.sampled_from("az09_"))
def test_a_part_of_a_word_is_not_found(word: str, more: str) -> None:
    assert word_found(word, f"{more}{word}") is None or f"{more}{word}".count(word) > 1
    assert word_found(word, f"{word}{more}") is None or f"{word}{more}".count(word) > 1


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_ends_and_gives_a_word_of_the_list(keywords: str, text: str) -> None:
    found = word_found(keywords, text)
    assert found is None or found in split(keywords)


@given(st.text(max_size=200))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_only_the_beginning_is_looked_at() -> None:
    assert word_found("refund", "x " * (MAX_TEXT // 2) + "refund") is None
    assert word_found("refund", "x " * (MAX_TEXT // 2 - 4) + "refund " + "y" * 60_000) == "refund"


def test_a_list_keeps_its_order_and_each_word_once() -> None:
    assert split(" Refund,uang   kembali\nREFUND,, retur ") == ["Refund", "uang kembali", "retur"]


BILLING = Rule(1, "keyword", 10, "Billing", keywords="refund, invoice")
VIP = Rule(2, "label", 20, "Care", label_id=7, label_name="VIP")
NEW = Rule(3, "first_contact", 30, "Sales")


@pytest.mark.parametrize(
    ("rules", "text", "is_first", "labels", "team"),
    [
        ([BILLING, VIP, NEW], "my invoice", True, {7}, "Billing"),
        ([VIP, BILLING, NEW], "my invoice", True, {7}, "Care"),
        ([BILLING, VIP, NEW], "hello", True, set[int](), "Sales"),
        ([BILLING, VIP, NEW], "hello", False, {8}, None),
        ([], "refund", True, {7}, None),
    ],
)
def test_the_first_that_fits_decides(
    rules: list[Rule], text: str, is_first: bool, labels: set[int], team: str | None
) -> None:
    fit = first_match(rules, text, is_first_contact=is_first, label_ids=labels)
    assert (fit.rule.team_name if fit else None) == team


def test_it_is_explained_in_both_languages() -> None:
    fit = first_match([BILLING], "Invoice?", is_first_contact=False, label_ids=())
    assert fit is not None
    words = wording.words(fit.reason())
    assert words["en"] == "Routed to Billing: the customer wrote “invoice”."
    assert words["id"] == "Diarahkan ke Billing: pelanggan menulis “invoice”."
    long = first_match(
        [Rule(4, "keyword", 1, "T" * 60, keywords="x" * 500)], "x" * 500, is_first_contact=False, label_ids=()
    )
    assert long is not None
    assert max(map(len, wording.words(long.reason()).values())) <= 500
