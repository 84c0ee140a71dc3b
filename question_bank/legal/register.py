"""The register as a whole: finding the document that a citation means, and the changes that touch it."""

import re
from collections.abc import Iterable
from datetime import date

from question_bank.citations import Citation, document_key
from question_bank.legal.documents import Change, LegalDocument
from question_bank.text import fold

_YEAR = re.compile(r"\s*(?:nam )?((?:19|20)[0-9]{2})$")


def title_key(title: str) -> str:
    """Return the search key of a document's name, without a year at its end."""
    return _YEAR.sub("", fold(title))


class Register:
    """Documents and the changes between them, indexed for look-up; never changed after it is made."""

    def __init__(self, documents: Iterable[LegalDocument], changes: Iterable[Change] = ()) -> None:
        self.documents = {document.id: document for document in documents}
        self._by_key: dict[str, list[LegalDocument]] = {}
        self._by_title: dict[str, list[LegalDocument]] = {}
        for document in self.documents.values():
            self._by_key.setdefault(document.key, []).append(document)
            for key in {title_key(document.title), title_key(document.short_title)} - {""}:
                self._by_title.setdefault(key, []).append(document)
        self._changes: dict[str, list[Change]] = {}
        for change in changes:
            self._changes.setdefault(change.target_id, []).append(change)

    def find(self, citation: Citation) -> tuple[LegalDocument, ...]:
        """Return every document that the citation may mean: none, the one, or several of one name or number.

        A number decides; where several documents carry it, the title narrows them. Without a number the name decides,
        narrowed by a year at its end ("Luật Cán bộ, công chức năm 2008").
        """
        named = self._named(citation.title)
        if citation.document_number is None:
            return tuple(named)
        numbered = self._by_key.get(document_key(citation.document_number) or "", [])
        narrowed = [document for document in numbered if document in named]
        return tuple(narrowed or numbered) if len(numbered) > 1 else tuple(numbered)

    def _named(self, title: str | None) -> list[LegalDocument]:
        if not title:
            return []
        found = self._by_title.get(title_key(title), [])
        year = _YEAR.search(fold(title))
        if year is None:
            return found
        return [document for document in found if document.year == int(year[1])]

    def namesakes(self, document: LegalDocument) -> tuple[LegalDocument, ...]:
        """Return the other documents of the same name, such as the two laws of 2025 on local government."""
        same = self._by_title.get(title_key(document.title), [])
        return tuple(other for other in same if other.id != document.id)

    def changes_of(self, document_id: str) -> tuple[Change, ...]:
        """Return what happens to the document, earliest first."""
        return tuple(sorted(self._changes.get(document_id, []), key=self.starts))

    def starts(self, change: Change) -> date:
        """Return the day the change takes effect.

        Without a date of its own that is the day its document comes into force, else the day it was issued; a change
        of which nothing is dated counts as long past, so that nobody is examined on text that may be gone.
        """
        if change.effective_on:
            return change.effective_on
        by = self.documents.get(change.by_id or "")
        return (by and (by.in_force_from or by.issued_on)) or date.min
