"""Workbooks of tests and what is read of them."""

import io
from datetime import date, datetime, time
from typing import Any

import xlsxwriter

from question_bank.formats import excel
from question_bank.formats.excel import RowVerdict
from question_bank.items import ItemDraft
from question_bank.text import plain
from question_bank.types.content import ChoiceContent
from question_bank.types.single_choice import SingleChoice

PLAIN_HEADER = ["Nội dung câu hỏi", "A", "B", "C", "D", "Đáp Án "]


def workbook(rows: list[list[Any]], *, header: list[str] | None = None, **formats: str) -> bytes:
    """A workbook of one sheet; a value `(text, number)` is a formula with its stored value."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Câu hỏi")
        styles = {name: book.add_format({"num_format": code}) for name, code in formats.items()}
        for row, values in enumerate([header or PLAIN_HEADER, *rows]):
            for column, value in enumerate(values):
                match value:
                    case None | "":
                        continue
                    case (str() as style, float() | int() as number) if style in styles:
                        sheet.write_number(row, column, number, styles[style])
                    case (str() as formula, stored):
                        sheet.write_formula(row, column, formula, None, stored)
                    case datetime() | date() | time():
                        sheet.write_datetime(
                            row, column, value, book.add_format({"num_format": "dd/mm/yyyy"})
                        )
                    case str():
                        sheet.write_string(row, column, value)
                    case _:
                        sheet.write(row, column, value)
    return buffer.getvalue()


def read_one(values: list[Any], *, header: list[str] | None = None, **formats: str) -> RowVerdict:
    (verdict,) = excel.read(workbook([values], header=header, **formats)).rows
    return verdict


def codes(verdict: RowVerdict) -> set[str]:
    return {finding.code for finding in verdict.findings}


def draft_of(verdict: RowVerdict) -> ItemDraft:
    assert verdict.draft is not None
    return verdict.draft


def option_texts(verdict: RowVerdict) -> list[str]:
    content = draft_of(verdict).content
    assert isinstance(content, ChoiceContent)
    return [plain(option.text) for option in content.options]


def keyed_text(verdict: RowVerdict) -> str:
    content = draft_of(verdict).content
    assert isinstance(content, SingleChoice)
    return next(plain(option.text) for option in content.options if option.id == content.key)
